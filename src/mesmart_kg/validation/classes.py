"""Who is an instance of what: the data's own ``rdfs:subClassOf``, looked up once (SHACL, section 3.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

from rdflib import RDF, RDFS

from mesmart_kg import store
from mesmart_kg.validation.terms import iri_text

if TYPE_CHECKING:
    from rdflib.term import Node

_TYPE: Final = iri_text(RDF.type)
_SUBCLASS: Final = iri_text(RDFS.subClassOf)
_MANY: Final = 12


class Classes:
    """The classes of a dataset's default graph, and patterns for their instances."""

    def __init__(self, dataset: store.Dataset) -> None:
        self._below: dict[store.Term, list[store.Term]] = {}
        for triple in dataset.match(predicate=store.NamedNode(str(RDFS.subClassOf))):
            upper, lower = cast(store.Term, triple.object), cast(store.Term, triple.subject)
            self._below.setdefault(upper, []).append(lower)

    def target_patterns(self, of: Node) -> list[str]:
        """Return patterns that together bind ``?this`` to each instance of a class."""
        names = self._closure(of)
        if names is None or len(names) > _MANY:
            return [f"{{ SELECT DISTINCT ?this {{ {self._by_path('?this', of)} }} }}"]
        return [f"?this {_TYPE} {name} ." for name in names]

    def instance_check(self, value: str, of: Node) -> str:
        """Return the expression that a variable's value is an instance of a class."""
        names = self._closure(of)
        if names is None or len(names) > _MANY:
            return f"EXISTS {{ {self._by_path(value, of)} }}"
        return "(" + " || ".join(f"EXISTS {{ {value} {_TYPE} {name} }}" for name in names) + ")"

    def _by_path(self, value: str, of: Node) -> str:
        return f"{value} {_TYPE}/{_SUBCLASS}* {iri_text(of)} ."

    def _closure(self, of: Node) -> list[str] | None:
        """Return a class and all below it, sorted; None where one is nameless: no query can say it."""
        top = iri_text(of)
        found: set[str] = {top}
        ahead: list[store.Term] = [store.NamedNode(str(of))]
        while ahead:
            for below in self._below.get(ahead.pop(), ()):
                if not isinstance(below, store.NamedNode):
                    return None
                if str(below) not in found:
                    found.add(str(below))
                    ahead.append(below)
        return sorted(found)
