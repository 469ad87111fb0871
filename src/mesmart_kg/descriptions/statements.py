"""What the engine's rows say of a resource, by property and value, with the graphs in which it stands."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from mesmart_kg.descriptions.names import LABELS
from mesmart_kg.descriptions.rows import Row
from mesmart_kg.errors import ResourceGone
from mesmart_kg.labels import Name, sort_labels
from mesmart_kg.namespaces import CC, GraphNames, expand
from mesmart_kg.store import BlankNode, Literal, NamedNode, Term, Triple

OWN_SHOWN: Final = 12
"""Values of a property that are shown; the data of the page have all."""

_TYPE: Final = expand("rdf:type")
_INVALIDATED: Final = expand("prov:invalidatedAtTime")
_REPLACED: Final = expand("dcterms:isReplacedBy")
_OTHER_NAMES: Final = (*LABELS, expand("skos:altLabel"), expand("schema:alternateName"))


class Facts:
    """Statements by property and value, each with the graphs in which it stands."""

    def __init__(self, base_iri: str, iri: str) -> None:
        self._graphs = GraphNames(base_iri)
        self._base = base_iri
        self._iri = iri
        self.values: dict[str, dict[Term, set[str]]] = {}
        self.rows = 0

    def add(self, rows: Iterable[Row], value: str = "o") -> None:
        for row in rows:
            self.rows += 1
            graphs = self.values.setdefault(row["p"].value, {}).setdefault(row[value], set())
            if "g" in row:
                graphs.add(row["g"].value)

    def check_presence(self) -> None:
        """Raise ResourceGone if the resource was withdrawn."""
        if _INVALIDATED in self.values:
            replaced = sorted(
                term.value for term in self.values.get(_REPLACED, ()) if isinstance(term, NamedNode)
            )
            since = min(term.value for term in self.values[_INVALIDATED])
            raise ResourceGone(self._iri, since, tuple(replaced))

    def is_inferred(self, graphs: set[str]) -> bool:
        return graphs == {self._graphs.inferred}

    @property
    def has_inferred(self) -> bool:
        return any(self.is_inferred(graphs) for values in self.values.values() for graphs in values.values())

    def sources(self, graphs: set[str]) -> list[str]:
        """Return the IRIs of those who say what stands in some graphs: a source, or the graph itself."""
        prefix = self._graphs.source("")
        return [
            f"{self._base}id/source/{graph.removeprefix(prefix)}" if graph.startswith(prefix) else graph
            for graph in sorted(graphs - {self._graphs.inferred})
        ]

    def shown(self, property_: str, languages: Sequence[str]) -> list[Term]:
        """Return the values of a property that are shown: links by IRI, then texts in the reader's languages.

        Chosen before they have names: to name what nobody sees would take most of the time.
        """
        values = self.values.get(property_, {})
        links = sorted((each for each in values if not isinstance(each, Literal)), key=str)
        texts = sort_labels((each for each in values if isinstance(each, Literal)), languages)
        return [*links, *texts][:OWN_SHOWN]

    def linked(self, languages: Sequence[str]) -> set[str]:
        """Return the IRIs of all values that are shown and of all who say so."""
        found: set[str] = set()
        for property_, values in self.values.items():
            for value in self.shown(property_, languages):
                found.update(self.sources(values[value]))
                if isinstance(value, NamedNode):
                    found.add(value.value)
        return found

    def find_classes(self) -> tuple[str, ...]:
        """Return the classes, ours first; inferred ones only where there is no other."""
        apart = {self._graphs.inferred, self._graphs.alignment}
        types = {
            value.value: graphs
            for value, graphs in self.values.get(_TYPE, {}).items()
            if isinstance(value, NamedNode)
        }
        told = [name for name, graphs in types.items() if not graphs or graphs - apart]
        return tuple(sorted(told or types, key=lambda name: (not name.startswith(CC), name)))

    def find_names(self) -> tuple[list[Name], list[Name]]:
        """Return the names of the best property that names the resource, and all names of whatever kind."""
        found = {
            property_: [Name(value.value, value.language) for value in values if isinstance(value, Literal)]
            for property_ in _OTHER_NAMES
            if (values := self.values.get(property_))
        }
        preferred = next((found[property_] for property_ in LABELS if found.get(property_)), [])
        return preferred, [name for names in found.values() for name in names]

    def triples(self, node: NamedNode, *, turned: bool = False) -> Iterable[Triple]:
        for property_, values in self.values.items():
            for value in values:
                if not turned:
                    yield Triple(node, NamedNode(property_), value)
                elif isinstance(value, NamedNode | BlankNode):
                    yield Triple(value, NamedNode(property_), node)
