"""Where a reader works: asks its questions about one thing, and names what comes back.

Names are looked up in one batch: every IRI that an answer holds is remembered, and the first name asked for
fetches all of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from mesmart_kg.engine import Engine, Solution, Terms
from mesmart_kg.glossary import Glossary
from mesmart_kg.label_index import Filters
from mesmart_kg.label_index import Listing as Page
from mesmart_kg.labels import Name, Reference, find_label, sort_labels
from mesmart_kg.namespaces import GraphNames, expand
from mesmart_kg.profiles.questions import Question
from mesmart_kg.profiles.values import Evidence, Fact, Kind, Told
from mesmart_kg.store import Literal, NamedNode, Term

_DATES: Final = frozenset(expand(f"xsd:{each}") for each in ("date", "gYearMonth", "gYear", "dateTime"))
_NUMBERS: Final = frozenset(expand(f"xsd:{each}") for each in ("integer", "decimal", "double"))
_LINK: Final = expand("xsd:anyURI")
_DIGITS: Final = 20


LISTED: Final = 150
DRAWN: Final = 2000


class Index(Protocol):
    """What a desk needs of the label index."""

    def browse(
        self,
        class_name: str,
        filters: Filters = ...,
        order: str = ...,
        limit: int = ...,
        offset: int = ...,
        languages: Sequence[str] = ...,
    ) -> Page:
        """Return a page of the things of a kind, and how many there are."""

    def references(self, iris: Iterable[str], languages: Sequence[str]) -> Mapping[str, Reference]:
        """Return each thing with the name that suits the reader."""


@dataclass(frozen=True)
class Sources:
    """What profiles are read from; ``terms`` are those on which the engine is asked.

    A list of ties is read whole up to ``listed``; of a longer one the ``page`` is read, from 1, and of up to
    ``drawn`` ties what they tell together.
    """

    engine: Engine
    index: Index
    glossary: Glossary = field(default_factory=Glossary)
    terms: Terms | None = None
    base_iri: str = GraphNames().base
    page: int = 1
    listed: int = LISTED
    drawn: int = DRAWN


@dataclass
class Record:
    """What is said of one subject: terms by variable or property, each once, and who says which."""

    terms: dict[str, list[Term]] = field(default_factory=dict)
    graphs: dict[tuple[str, Term], list[str]] = field(default_factory=dict)

    def add(self, name: str, term: Term, graph: str | None = None) -> None:
        """Note a value, and the graph it stands in."""
        known = self.terms.setdefault(name, [])
        if term not in known:
            known.append(term)
        if graph is not None:
            said = self.graphs.setdefault((name, term), [])
            if graph not in said:
                said.append(graph)

    def iris(self, name: str) -> tuple[str, ...]:
        """Return the values that are IRIs."""
        return tuple(term.value for term in self.terms.get(name, ()) if isinstance(term, NamedNode))

    def iri(self, name: str) -> str | None:
        """Return the first value that is an IRI, by code point."""
        return min(self.iris(name), default=None)

    def literals(self, name: str) -> tuple[Literal, ...]:
        """Return the values that are literals."""
        return tuple(term for term in self.terms.get(name, ()) if isinstance(term, Literal))

    def text(self, name: str) -> str | None:
        """Return the first literal's text, by code point: of dates, the earliest or the vaguest."""
        return min((literal.value for literal in self.literals(name)), default=None)


class Desk:
    """Asks about one thing on behalf of a reader, whose languages stand best first."""

    def __init__(self, sources: Sources, iri: str, languages: Sequence[str]) -> None:
        self.sources = sources
        self.iri = iri
        self.languages = tuple(languages)
        self._graphs = GraphNames(sources.base_iri)
        self._known: dict[str, Reference] = {}
        self._unnamed: set[str] = {iri}

    @property
    def language(self) -> str:
        """The reader's own language, for names that the query asks for; English where none is told."""
        return self.languages[0] if self.languages else "en"

    def ask(self, question: Question, *, is_named: bool = True) -> tuple[Solution, ...]:
        """Answer a question about the thing. Raises what the engine raises.

        What is in it gets its names together, with the first that is referred to, unless it is not
        ``is_named``: so it is where few of many things will be shown.
        """
        text = question.text(self.iri, self.sources.base_iri)
        rows = self.sources.engine.select(text, rows=question.limit, terms=self.sources.terms).rows
        if is_named:
            for row in rows:
                self._unnamed.update(term.value for term in row.values() if isinstance(term, NamedNode))
        keys = question.sorted_by
        return tuple(sorted(rows, key=lambda row: [_rank(row.get(key)) for key in keys])) if keys else rows

    def offer(self, question: Question) -> str:
        """Return the question about the thing as the reader may run it."""
        return question.offered(self.iri, self.sources.base_iri, self.language)

    def fold(self, question: Question, key: str) -> dict[str, Record]:
        """Answer a question with one record for each value of a variable, in the order of the answer."""
        return fold(self.ask(question), key)

    def expect(self, iris: Iterable[str]) -> None:
        """Tell which things will be referred to, so that their names are fetched together."""
        self._unnamed.update(each for each in iris if each not in self._known)

    def refer(self, iri: str) -> Reference:
        """Return a thing with its name; with the end of its IRI where it has none."""
        if iri not in self._known:
            self._unnamed.add(iri)
            self._known.update(self.sources.index.references(self._unnamed, self.languages))
            self._unnamed.clear()
        return self._known.get(iri) or Reference(iri, Name(last_segment(iri)))

    def refer_all(self, iris: Iterable[str]) -> tuple[Reference, ...]:
        """Return things with their names, in the order of these."""
        return tuple(sorted(map(self.refer, dict.fromkeys(iris)), key=by_name))

    def term(self, iri: str) -> Name:
        """Return what people call a class or a property."""
        found = self.sources.glossary.find_name(iri, self.language)
        return found or Name(self.sources.glossary.name(iri, self.language))

    def maybe(self, iri: str | None) -> Reference | None:
        """Return a thing with its name, or none of none."""
        return None if iri is None else self.refer(iri)

    def best(self, literals: Iterable[Literal]) -> Name | None:
        """Return the text that suits the reader best."""
        found = find_label(literals, self.languages)
        return Name(found.value, found.language or None) if found else None

    def evidence(self, sources: Iterable[str], graphs: Iterable[str] = ()) -> Evidence:
        """Return who says so: the sources named, and those whose graphs hold it.

        Inferred is what stands in the graph of inferences alone.
        """
        own = self._graphs.source("")
        held = tuple(graphs)
        told = [
            f"{self.sources.base_iri}id/source/{graph.removeprefix(own)}" for graph in held if own in graph
        ]
        found = self.refer_all([*sources, *told])
        return Evidence(found, not found and bool(held) and all(g == self._graphs.inferred for g in held))

    def facts(self, record: Record, name: str) -> tuple[Fact[Reference], ...]:
        """Return the things that a property leads to, in the order of their names."""
        found = [
            Fact(self.refer(term.value), self.evidence((), record.graphs.get((name, term), ())))
            for term in record.terms.get(name, ())
            if isinstance(term, NamedNode)
        ]
        return tuple(sorted(found, key=lambda fact: by_name(fact.value)))

    def texts(self, record: Record, name: str) -> tuple[Fact[str], ...]:
        """Return the values of a property as they are written, IRIs too, in order; languages don't matter."""
        found = [
            Fact(term.value, self.evidence((), record.graphs.get((name, term), ())))
            for term in record.terms.get(name, ())
            if isinstance(term, Literal | NamedNode)
        ]
        return tuple(sorted(found, key=lambda fact: fact.value))

    def wording(self, record: Record, name: str) -> Fact[Name] | None:
        """Return the text of a property that suits the reader best."""
        found = find_label(record.literals(name), self.languages)
        if found is None:
            return None
        graphs = record.graphs.get((name, found), ())
        return Fact(Name(found.value, found.language or None), self.evidence((), graphs))

    def wordings(self, record: Record, name: str) -> tuple[Fact[Name], ...]:
        """Return all texts of a property that are in the language of the one that suits the reader best."""
        ordered = sort_labels(record.literals(name), self.languages)
        kept = [each for each in ordered if each.language == ordered[0].language]
        return tuple(
            Fact(
                Name(each.value, each.language or None),
                self.evidence((), record.graphs.get((name, each), ())),
            )
            for each in kept
        )

    def told(self, statements: Mapping[str, Record]) -> tuple[Told, ...]:
        """Return the statements told of the thing, in the order of what they say."""
        found = [self._tell(iri, record) for iri, record in statements.items()]
        return tuple(sorted(filter(None, found), key=lambda each: (by_name(each.property), each.value.value)))

    def _tell(self, iri: str, record: Record) -> Told | None:
        about = record.iri("schema:propertyID")
        values = record.literals("schema:value")
        chosen = find_label(values, self.languages)
        address = record.iri("schema:value")
        thing = record.iri("schema:valueReference")
        if about is None or (chosen is None and address is None):
            return None
        value = Name(chosen.value, chosen.language or None) if chosen else Name(address or "")
        graphs = {graph for held in record.graphs.values() for graph in held}
        return Told(
            iri,
            self.refer(about),
            value,
            kind_of(chosen) if chosen else "link",
            self.maybe(thing),
            record.text("dcterms:date"),
            self.best(record.literals("skos:note")),
            self.evidence(record.iris("prov:hadPrimarySource"), graphs),
        )


def _rank(term: Term | None) -> tuple[int, str]:
    """Order terms roughly as SPARQL does: what has no value, blank nodes, IRIs, literals."""
    if term is None:
        return 0, ""
    if isinstance(term, Literal):
        is_whole = term.datatype.value in _NUMBERS and term.value.isdecimal()
        return 3, term.value.zfill(_DIGITS) if is_whole else term.value
    return (2 if isinstance(term, NamedNode) else 1), term.value


def fold(rows: Iterable[Solution], key: str) -> dict[str, Record]:
    """Gather rows into one record for each value of a variable, in the order of the rows."""
    records: dict[str, Record] = {}
    for row in rows:
        if key in row:
            record = records.setdefault(row[key].value, Record())
            for name, term in row.items():
                record.add(name, term)
    return records


def kind_of(literal: Literal) -> Kind:
    """Tell what kind of value a literal is to people."""
    datatype = literal.datatype.value
    if datatype in _DATES:
        return "date"
    if datatype in _NUMBERS:
        return "number"
    is_link = datatype == _LINK or literal.value.startswith(("https://", "http://"))
    return "link" if is_link and " " not in literal.value else "text"


def by_name(reference: Reference) -> tuple[str, str]:
    """Order things by their names, whatever the case."""
    return reference.name.value.casefold(), reference.iri


def last_segment(iri: str) -> str:
    """Return the end of an IRI, which is all that is known of a thing without a name."""
    return iri.rstrip("/#").rpartition("#")[2].rpartition("/")[2] or iri
