"""A resource read from the engine: what is said of it, what leads to it, by whom."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from mesmart_kg.descriptions.model import Description, Group, Property, Statement, Text, Value
from mesmart_kg.descriptions.names import Index, Namer
from mesmart_kg.descriptions.rows import (
    MOST_COUNTED,
    MOST_ROWS,
    Rule,
    count_incoming,
    read_incoming,
    read_own,
    read_rules,
    to_node,
)
from mesmart_kg.descriptions.statements import Facts
from mesmart_kg.errors import ResourceNotFound
from mesmart_kg.labels import Name, Reference, find_label, sort_labels
from mesmart_kg.namespaces import PREFIXES, compact, expand
from mesmart_kg.store import Literal, NamedNode, Term

if TYPE_CHECKING:
    from mesmart_kg.engine import Engine, Terms
    from mesmart_kg.glossary import Glossary

_TYPE: Final = expand("rdf:type")
_STRING: Final = expand("xsd:string")
_FIRST: Final = tuple(
    expand(name)
    for name in (
        *(
            "skos:prefLabel",
            "rdfs:label",
            "dcterms:title",
            "foaf:name",
            "skos:altLabel",
            "schema:alternateName",
        ),
        *("dcterms:description", "skos:definition", "rdfs:comment", "skos:note", "schema:value"),
        *("schema:startDate", "schema:endDate", "schema:foundingDate", "dcterms:issued"),
    )
)
_LAST: Final = tuple(
    expand(name)
    for name in (
        *("schema:additionalProperty", "dcterms:identifier", "skos:exactMatch", "skos:closeMatch"),
        *("dcterms:source", "prov:hadPrimarySource", "prov:wasDerivedFrom", "adms:status", "rdf:type"),
    )
)
"""Properties that head the list, and those that end it; between them all others stand by their name."""


def describe(
    engine: Engine,
    index: Index,
    glossary: Glossary,
    terms: Terms,
    base_iri: str,
    iri: str,
    languages: Sequence[str],
) -> Description:
    """Return what is said of a resource, in the words of a reader's languages, best first.

    Raises ResourceNotFound where nothing is, ResourceGone where it was withdrawn, and what the engine raises.
    """
    described = describe_known(engine, index, glossary, terms, base_iri, iri, languages)
    if not described.own and not described.incoming:
        raise ResourceNotFound("nothing is said of this resource")
    return described


def describe_known(
    engine: Engine,
    index: Index,
    glossary: Glossary,
    terms: Terms,
    base_iri: str,
    iri: str,
    languages: Sequence[str],
) -> Description:
    """Return what is said of a resource that is there for sure, be it nothing; as :func:`describe`."""
    node = to_node(iri)
    own = Facts(base_iri, iri)
    own.add(read_own(engine, node, terms))
    counts = count_incoming(engine, node, terms)
    own.check_presence()
    incoming = Facts(base_iri, iri)
    incoming.add(read_incoming(engine, node, counts, terms), "s")
    has_inferred = own.has_inferred or incoming.has_inferred
    rules = read_rules(engine, base_iri, terms) if has_inferred else []
    namer = Namer(index, glossary, base_iri, tuple(languages))
    classes = own.find_classes()
    references = namer.refer(
        [iri, *classes, *own.linked(languages), *incoming.linked(languages), *(rule.iri for rule in rules)]
    )
    writer = _Writer(iri, glossary, tuple(languages), classes, references, rules)
    preferred, names = own.find_names()
    name = find_label(preferred, languages) or references[iri].name
    return Description(
        iri,
        name,
        _others(name, names, languages),
        tuple(references[each] for each in classes),
        tuple(writer.groups(own, {}, is_cut=own.rows >= MOST_ROWS)),
        tuple(writer.groups(incoming, counts, is_cut=sum(counts.values()) >= MOST_COUNTED)),
        frozenset((*own.triples(node), *incoming.triples(node, turned=True))),
    )


class _Writer:
    """Statements to groups, in the words of one reader."""

    def __init__(
        self,
        iri: str,
        glossary: Glossary,
        languages: tuple[str, ...],
        classes: tuple[str, ...],
        references: Mapping[str, Reference],
        rules: Sequence[Rule],
    ) -> None:
        self._iri = iri
        self._glossary = glossary
        self._languages = languages
        self._classes = classes
        self._references = references
        self._rules = rules

    def groups(self, facts: Facts, counts: Mapping[str, int], *, is_cut: bool) -> list[Group]:
        """Return the groups; ``counts`` tell the totals of incoming ones, and which there are beside."""
        is_incoming = bool(counts)
        made = []
        for property_ in facts.values.keys() | counts.keys():
            values = facts.values.get(property_, {})
            ordered = sorted(facts.shown(property_, self._languages), key=self._sort_key)
            statements = tuple(
                self._state(facts, property_, value, values[value], is_incoming=is_incoming)
                for value in ordered
            )
            total = max(counts.get(property_, 0), len(values))
            query = _list_query(self._iri, property_, is_incoming=is_incoming)
            named = self._name(property_, is_incoming=is_incoming)
            made.append(Group(named, statements, total, query, is_cut))
        return sorted(made, key=lambda group: _rank(group.term))

    def _name(self, iri: str, *, is_incoming: bool) -> Property:
        language = self._languages[0]
        # What an incoming property is called depends on the class of the other thing, which may be any.
        of_class = None if is_incoming or not self._classes else self._classes[0]
        return Property(
            iri, self._glossary.name(iri, language, of_class), self._glossary.about(iri, language)
        )

    def _sort_key(self, term: Term) -> tuple[str, str]:
        """Return what puts links in the order of their names; texts keep their place behind them."""
        if isinstance(term, Literal):
            return "\U0010ffff", ""
        known = self._references.get(term.value)
        return (known.name.value.casefold() if known else term.value, term.value)

    def _state(
        self, facts: Facts, property_: str, value: Term, graphs: set[str], *, is_incoming: bool
    ) -> Statement:
        is_inferred = facts.is_inferred(graphs)
        sources = sorted((self._references[each] for each in facts.sources(graphs)), key=_name_key)
        # An incoming statement is of another thing, whose classes are not known here.
        rules = self._explain(property_, value, is_incoming) if is_inferred else ()
        return Statement(self._write(value), tuple(sources), is_inferred, rules)

    def _explain(self, property_: str, value: Term, is_incoming: bool) -> tuple[Reference, ...]:
        """Return the rules that can have concluded a statement: a property, or of rdf:type a class."""
        concluded = value.value if property_ == _TYPE else property_
        return tuple(
            self._references[rule.iri]
            for rule in self._rules
            if concluded in rule.concludes
            and (is_incoming or not rule.requires or not rule.requires.isdisjoint(self._classes))
        )

    def _write(self, term: Term) -> Value:
        if isinstance(term, NamedNode):
            return self._references[term.value]
        if isinstance(term, Literal):
            datatype = None if term.language or term.datatype.value == _STRING else term.datatype.value
            return Text(Name(term.value, term.language), datatype)
        return Text(Name(f"_:{term.value}"))


def _rank(named: Property) -> tuple[int, str, str]:
    if named.iri in _FIRST:
        return _FIRST.index(named.iri) - len(_FIRST), "", ""
    if named.iri in _LAST:
        return 1 + _LAST.index(named.iri), "", ""
    return 0, named.name.casefold(), named.iri


def _name_key(reference: Reference) -> tuple[str, str]:
    return reference.name.value.casefold(), reference.iri


def _others(name: Name, names: Iterable[Name], languages: Sequence[str]) -> tuple[Name, ...]:
    """Return all names that read otherwise than the one chosen, each once, the reader's languages first."""
    others: dict[str, Name] = {}
    for each in sort_labels(names, languages):
        if each.value != name.value:
            others.setdefault(each.value, each)
    return tuple(others.values())


def _list_query(iri: str, property_: str, *, is_incoming: bool) -> str:
    """Return a query that lists all values of a property, or all things that have the resource as value."""
    thing, short = NamedNode(iri), compact(property_)
    prefix = short.partition(":")[0]
    declared = "" if short.startswith("<") else f"PREFIX {prefix}: <{PREFIXES[prefix]}>\n\n"
    if is_incoming:
        return f"{declared}SELECT ?thing\nWHERE {{ ?thing {short} {thing} }}\nORDER BY ?thing\n"
    return f"{declared}SELECT ?value\nWHERE {{ {thing} {short} ?value }}\nORDER BY ?value\n"
