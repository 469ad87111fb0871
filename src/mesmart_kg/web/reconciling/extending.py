"""Values of properties of things: from the index where it has them, else from the engine.

However many things are asked about, each question to the engine names at most :data:`BATCH` of them, and all
values together are at most :data:`MOST_VALUES`; an answer that would have more is refused whole, since half a
column looks like a whole one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Final, TypeVar

from mesmart_kg.engine import Terms
from mesmart_kg.label_index import Entry
from mesmart_kg.labels import Reference, Tagged, sort_labels
from mesmart_kg.namespaces import VOC, expand
from mesmart_kg.store import BlankNode, Literal, NamedNode, Term
from mesmart_kg.web.kinds import name_badge
from mesmart_kg.web.languages import language
from mesmart_kg.web.links import absolute, find_path
from mesmart_kg.web.problems import BadRequest
from mesmart_kg.web.publication import published
from mesmart_kg.web.reconciling.kinds import cut, find_entries, to_id
from mesmart_kg.web.reconciling.model import Moment, Nothing, Settings, Text, Thing, Value
from mesmart_kg.web.reconciling.properties import SCHEMES, SHORT, to_property_iri
from mesmart_kg.web.reconciling.questions import (
    EVENTS,
    MEMBERSHIPS,
    POPULATION,
    PROPERTIES,
    write_question,
)

BATCH: Final = 200
MOST_VALUES: Final = 100_000

_PROVINCE: Final = f"{VOC}region-level/province"
_DATE: Final = expand("xsd:date")
_TIME: Final = expand("xsd:dateTime")
_WHOLE: Final = expand("xsd:integer")
_NUMBERS: Final = frozenset(expand(f"xsd:{name}") for name in ("decimal", "double", "float"))
_ALSO: Final = expand("skos:altLabel")
_EXACT: Final = expand("skos:exactMatch")
_CLOSE: Final = expand("skos:closeMatch")
_ADDRESSES: Final = {
    "wikidata": "http://www.wikidata.org/entity/",
    "geonames": "https://sws.geonames.org/",
}
"""Registers that links lead into, with what their codes stand below."""

_Values = list[Value]
_Tagged = TypeVar("_Tagged", bound=Tagged)


@dataclass
class Values:
    """What is known of some things: values by thing (IRI) and property, as they were asked for."""

    terms: Terms
    entries: dict[str, Entry] = field(default_factory=dict)
    regions: dict[str, Entry] = field(default_factory=dict)
    left: int = MOST_VALUES
    given: int = 0
    _told: dict[tuple[str, str], list[Term | Nothing]] = field(default_factory=dict)
    _named: dict[str, Reference] = field(default_factory=dict)

    def get(self, iri: str, name: str, settings: Settings) -> tuple[Value, ...]:
        """Return the values of a property of one thing, within what the settings leave.

        Raises BadRequest (413) when all that was given is too much.
        """
        values = self._read(iri, name, settings)
        end = settings.offset + settings.limit if settings.limit else None
        told = tuple(values[settings.offset : end])
        self.given += len(told)
        if self.given > MOST_VALUES:
            raise _too_many()
        return told

    def _read(self, iri: str, name: str, settings: Settings) -> _Values:
        entry = self.entries.get(iri)
        if name in _FROM_ENTRY and entry is not None:
            return self._shape(_FROM_ENTRY[name](entry), settings)
        if name == "name" and entry is not None:
            return [Text(each.value, each.language) for each in _choose(entry.names, settings)]
        if name in {"region", "province"} and entry is not None:
            wanted = name == "province"
            found = [each for each in entry.regions if self._is_province(each.iri) is wanted]
            return self._shape(_things(found), settings)
        if name in SCHEMES and entry is not None:
            return self._shape(self._codes(entry, name, settings), settings)
        return self._shape(self._tell(iri, name, settings), settings)

    def _is_province(self, iri: str) -> bool:
        region = self.regions.get(iri)
        return region is not None and any(kind.iri == _PROVINCE for kind in region.kinds)

    def _codes(self, entry: Entry, scheme: str, settings: Settings) -> _Values:
        start = _ADDRESSES.get(scheme)
        codes = [code for own, code in entry.codes if own == scheme]
        if start is None:
            return [Text(code) for code in codes]
        # The index has what is only close as well.
        exact, near = (self._linked(entry.iri, relation, start) for relation in (_EXACT, _CLOSE))
        if settings.close == "always" or (settings.close == "rather" and not exact):
            exact += near
        return [Text(code) for code in dict.fromkeys(exact)]

    def _linked(self, iri: str, relation: str, start: str) -> list[str]:
        """Return the codes below ``start`` that a thing is linked to."""
        told = (term.value for term in self._told.get((iri, relation), []) if isinstance(term, NamedNode))
        return [each.removeprefix(start).strip("/") for each in told if each.startswith(start)]

    def _tell(self, iri: str, name: str, settings: Settings) -> _Values:
        if name == "other-names":
            terms = self._told.get((iri, _ALSO), [])
            settings = settings if settings.language else replace(settings, language="all")
        else:
            terms = self._told.get((iri, name if name in SHORT else to_property_iri(name)), [])
        texts = [term for term in terms if isinstance(term, Literal) and term.language]
        kept = _choose(texts, settings)
        return [self._to_value(term) for term in terms if term not in texts or term in kept]

    def _to_value(self, term: Term | Nothing) -> Value:
        if isinstance(term, NamedNode):
            named = self._named.get(term.value)
            return (
                Thing(term.value, cut(named.name.value), named.name.language) if named else Text(term.value)
            )
        if isinstance(term, Literal):
            return _read_literal(term)
        return Nothing()

    def _shape(self, values: Iterable[Value], settings: Settings) -> _Values:
        """Return values as the settings want things. What is no entity here has a name at most."""
        if settings.content == "id":
            return [Text(each.iri) if isinstance(each, Thing) else each for each in values]
        only_text = settings.content == "literal"
        return [
            Text(each.name, each.language)
            if isinstance(each, Thing) and (only_text or to_id(each.iri) is None)
            else each
            for each in values
        ]

    # --- asking ---

    def fetch(self, iris: Sequence[str], names: Iterable[str]) -> None:
        """Ask for all that some properties need. Raises BadRequest (413) and what the engine raises."""
        wanted = set(names)
        index = published().index
        own = {to_property_iri(name) for name in wanted - SHORT}
        if wanted & set(_ADDRESSES):
            own |= {_EXACT, _CLOSE}
        if "other-names" in wanted:
            own.add(_ALSO)
        rest = iter(dict.fromkeys(iris))
        while batch := list(islice(rest, BATCH)):
            known = find_entries(index, batch)
            self.entries |= known
            # Only what the index knows goes into a query: whatever else was sent is no thing of ours.
            batch = list(known)
            if own and batch:
                self._ask(PROPERTIES, batch, self._note_own, {"properties": sorted(own)})
            for question, note, short in (
                (MEMBERSHIPS, self._note_membership, "communities"),
                (POPULATION, self._note_population, "population"),
                (EVENTS, self._note_event, "events"),
            ):
                if batch and any(name.startswith(short) for name in wanted):
                    self._ask(question, batch, note)
        if wanted & {"region", "province"}:
            near = {region.iri for entry in self.entries.values() for region in entry.regions}
            self.regions = find_entries(index, near)
        self._name()

    def _ask(
        self,
        question: str,
        batch: Sequence[str],
        note: Callable[[Mapping[str, Term]], None],
        more: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        text = write_question(question, {"things": batch, **(more or {})})
        answer = published().engine.select(text, rows=self.left, terms=self.terms)
        if not answer.complete:
            raise _too_many()
        self.left -= len(answer.rows)
        for row in answer.rows:
            note(row)

    def _add(self, iri: str, name: str, term: Term | None) -> None:
        self._told.setdefault((iri, name), []).append(Nothing() if term is None else term)

    def _note_own(self, row: Mapping[str, Term]) -> None:
        if not isinstance(row["o"], BlankNode):
            self._add(row["s"].value, row["p"].value, row["o"])

    def _note_membership(self, row: Mapping[str, Term]) -> None:
        iri = row["s"].value
        self._add(iri, "communities", row["community"])
        for name, variable in (("from", "start"), ("until", "end"), ("role", "role")):
            self._add(iri, f"communities-{name}", row.get(variable))

    def _note_population(self, row: Mapping[str, Term]) -> None:
        self._add(row["s"].value, "population", row["number"])
        self._add(row["s"].value, "population-year", row.get("period"))

    def _note_event(self, row: Mapping[str, Term]) -> None:
        self._add(row["s"].value, "events", row["event"])
        self._add(row["s"].value, "events-date", row.get("start"))

    def _name(self) -> None:
        """Name the things among the values: those that have a name in the index."""
        iris = {term.value for told in self._told.values() for term in told if isinstance(term, NamedNode)}
        index = published().index
        named = index.names(iris)
        self._named = index.references(named, (language(),))


def _too_many() -> BadRequest:
    return BadRequest(
        413,
        "too-many-values",
        "These things have more than %(most)s values of these properties. Ask about fewer at once.",
        most=MOST_VALUES,
    )


def _read_literal(literal: Literal) -> Value:
    """Return a literal as the API tells it; what is no full date, or no number of JSON, stays text."""
    datatype, text = literal.datatype.value, literal.value
    if datatype == _WHOLE and len(text) < 16:
        return int(text)
    if datatype in _NUMBERS:
        number = float(text)
        return number if abs(number) < float("inf") else Text(text)
    if datatype in {_DATE, _TIME} and text[:1].isdigit():
        return Moment(text)
    return Text(text, literal.language)


def _choose(texts: Sequence[_Tagged], settings: Settings) -> Sequence[_Tagged]:
    """Return the texts in the language that is wanted; in the reader's, all that share the best one's."""
    if settings.language == "all" or not texts:
        return texts
    ordered = sort_labels(texts, (settings.language or language(),))
    best = (ordered[0].language or "").lower()
    if settings.language and best.partition("-")[0] != settings.language.partition("-")[0]:
        return ()
    return [each for each in ordered if (each.language or "").lower() == best]


# --- what the index has ---


def _things(references: Iterable[Reference]) -> _Values:
    return [Thing(each.iri, cut(each.name.value), each.name.language) for each in references]


def _point(entry: Entry, *places: int) -> _Values:
    return [float(entry.point[place]) for place in places] if entry.point else []


def _coordinates(entry: Entry) -> _Values:
    return [Text(f"{entry.point[1]},{entry.point[0]}")] if entry.point else []


def _date(text: str | None) -> _Values:
    if not text:
        return []
    return [Moment(text) if len(text) >= len("2021-05-03") and text[:1].isdigit() else Text(text)]


def _country_codes(entry: Entry) -> _Values:
    ends = [each.iri.rpartition("/")[2] for each in entry.countries]
    return [Text(end.upper()) for end in ends if len(end) == len("it")]


def _page(entry: Entry) -> _Values:
    path = find_path(entry.iri, published().config.site.base_iri)
    return [Text(absolute(path))] if path else []


_FROM_ENTRY: Final[Mapping[str, Callable[[Entry], _Values]]] = {
    "country": lambda entry: _things(entry.countries),
    "country-code": _country_codes,
    "coordinates": _coordinates,
    "latitude": lambda entry: _point(entry, 1),
    "longitude": lambda entry: _point(entry, 0),
    "start": lambda entry: _date(entry.start),
    "end": lambda entry: _date(entry.end),
    "kind": lambda entry: [Text(name_badge(entry))],
    "iri": lambda entry: [Text(entry.iri)],
    "page": _page,
}
