"""One table for each class: rectangular CSV for spreadsheets, a row for each thing.

A class has a table when a thing of ours, or a concept, is asserted to belong to it (but not those of PROV and
FOAF). Columns are the properties that are asserted of its things; where one of them was also inferred
(``cc:within`` up to the country), the inferred values stand beside. A property whose texts carry language
tags has a column for each language, ``prefLabel_it``; one that names other things is followed by their
labels, ``location`` by ``location_it`` and ``location_en``; one that names a geometry gives ``longitude`` and
``latitude``.

The files are UTF-8 with a byte order mark, without which spreadsheet programs take accented letters for
something else; lines end as RFC 4180 says. Several values of a cell are joined by ``|``; in such a column a
bar within a value is written ``¦``. A text that a spreadsheet would run as a formula (it starts with ``=``,
``+``, ``-``, ``@``) gets an apostrophe before it; numbers do not.

``csv-metadata.json`` describes all tables by the W3C's Metadata Vocabulary for Tabular Data: titles of the
columns in both languages, the property of each, the separator where there is one.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from mesmart_kg.dumps.lines import Terms, read_literal
from mesmart_kg.labels import find_label
from mesmart_kg.namespaces import PREFIXES, VOC, expand

_TYPE = expand("rdf:type")
_GEOMETRY = expand("geo:hasDefaultGeometry")
_WKT = expand("geo:asWKT")
_LABELS = (expand("skos:prefLabel"), expand("rdfs:label"), expand("dcterms:title"))
_LANGUAGES = ("it", "en")
_POINT = re.compile(r"POINT\s*\(\s*([-+.0-9eE]+)\s+([-+.0-9eE]+)\s*\)", re.IGNORECASE)
_NUMBERS = frozenset(expand(f"xsd:{name}") for name in ("integer", "decimal", "double", "float"))
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
_SEPARATOR = "|"
# How the graphs came about is for the graph; it is nothing to put into a spreadsheet.
_NOT_TABLED = (PREFIXES["prov"], PREFIXES["foaf"], PREFIXES["dqv"])
_BYTE_ORDER_MARK = "\ufeff"

Facts: TypeAlias = dict[str, dict[str, list[str]]]
"""Subject to predicate (IRIs) to objects (terms as N-Triples writes them)."""


@dataclass(frozen=True)
class Column:
    """A column: its name in the header, the property it holds, its titles by language."""

    name: str
    property: str
    titles: tuple[tuple[str, str], ...]
    language: str = ""
    several: bool = False


@dataclass(frozen=True)
class Table:
    """The things of one class, as text cells; rows are sorted by IRI."""

    file: str
    class_iri: str
    titles: tuple[tuple[str, str], ...]
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]

    def to_csv(self) -> bytes:
        """Return the file's bytes."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\r\n")
        writer.writerow([column.name for column in self.columns])
        writer.writerows(self.rows)
        return (_BYTE_ORDER_MARK + text.getvalue()).encode()


def make_tables(asserted: Iterable[Terms], everything: Iterable[Terms], base_iri: str) -> tuple[Table, ...]:
    """Return the tables of all classes, sorted by file name.

    ``asserted`` is the default graph without what was inferred, ``everything`` the whole of it.
    """
    told, known = _gather(asserted), _gather(everything)
    labels = _Labels(known)
    members: dict[str, set[str]] = defaultdict(set)
    for subject, properties in told.items():
        if subject.startswith((base_iri + "id/", VOC)):
            for value in properties.get(_TYPE, ()):
                if not value.startswith(_NOT_TABLED, 1):
                    members[value[1:-1]].add(subject)
    files = _file_names(members)
    tables = [
        _make_table(files[iri], iri, sorted(things), told, known, labels) for iri, things in members.items()
    ]
    return tuple(sorted(tables, key=lambda table: table.file))


def to_metadata(tables: Iterable[Table]) -> bytes:
    """Return the table group's description, ``csv-metadata.json``."""
    described: list[dict[str, Any]] = [
        {
            "url": table.file,
            "titles": dict(table.titles),
            "dc:subject": table.class_iri,
            "tableSchema": {
                "primaryKey": "iri",
                "columns": [_describe_column(column) for column in table.columns],
            },
        }
        for table in tables
    ]
    group = {"@context": "http://www.w3.org/ns/csvw", "tables": described}
    return (json.dumps(group, ensure_ascii=False, indent=1) + "\n").encode()


def _describe_column(column: Column) -> dict[str, Any]:
    description: dict[str, Any] = {"name": column.name, "titles": [column.name]}
    if column.titles:
        description["dc:title"] = [{"@value": text, "@language": tag} for tag, text in column.titles]
    if column.property:
        description["propertyUrl"] = column.property
    if column.language:
        description["lang"] = column.language
    if column.several:
        description["separator"] = _SEPARATOR
    return description


def _gather(triples: Iterable[Terms]) -> Facts:
    facts: Facts = {}
    for subject, predicate, value in triples:
        facts.setdefault(subject[1:-1], {}).setdefault(predicate[1:-1], []).append(value)
    return facts


class _Labels:
    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._known: dict[tuple[str, str], str] = {}

    def find(self, iri: str, language: str) -> str:
        """Return the label that suits a reader of the language best; nothing where there is none."""
        key = (iri, language)
        if key not in self._known:
            self._known[key] = self._find(iri, language)
        return self._known[key]

    def _find(self, iri: str, language: str) -> str:
        properties = self._facts.get(iri, {})
        for predicate in _LABELS:
            texts = (read_literal(value) for value in properties.get(predicate, ()) if value[0] == '"')
            label = find_label(texts, (language,))
            if label is not None:
                return label.value
        return ""

    def titles(self, iri: str) -> tuple[tuple[str, str], ...]:
        return tuple((language, text) for language in _LANGUAGES if (text := self.find(iri, language)))


def _file_names(classes: Iterable[str]) -> dict[str, str]:
    """Return a file name for each class: ``event-series.csv``; a prefix makes it unique."""
    by_name: dict[str, list[str]] = defaultdict(list)
    for iri in classes:
        by_name[_hyphenate(_local_name(iri))].append(iri)
    return {
        iri: f"{name}.csv" if len(same) == 1 else f"{_prefix_of(iri)}-{name}.csv"
        for name, same in by_name.items()
        for iri in same
    }


def _local_name(iri: str) -> str:
    return re.split(r"[#/]", iri.rstrip("#/"))[-1]


def _hyphenate(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", name).lower()


def _prefix_of(iri: str) -> str:
    fitting = [
        (len(namespace), prefix) for prefix, namespace in PREFIXES.items() if iri.startswith(namespace)
    ]
    return max(fitting)[1] if fitting else "other"


def _make_table(
    file: str, class_iri: str, things: list[str], asserted: Facts, everything: Facts, labels: _Labels
) -> Table:
    properties = sorted(
        {predicate for thing in things for predicate in asserted[thing]} - {_TYPE}, key=_property_key
    )
    cells: dict[Column, dict[str, str]] = {
        Column("iri", "", ()): {thing: thing for thing in things},
        **_make_column("type", _TYPE, things, asserted, labels),
    }
    local_names = [_local_name(predicate) for predicate in properties]
    for predicate, local in zip(properties, local_names, strict=True):
        alone = local_names.count(local) == 1
        name = local if alone else f"{_prefix_of(predicate)}_{local}"
        cells.update(_make_column(name, predicate, things, everything, labels))
    rows = [tuple(values.get(thing, "") for values in cells.values()) for thing in things]
    return Table(file, class_iri, labels.titles(class_iri), tuple(cells), tuple(rows))


def _property_key(predicate: str) -> tuple[int, str]:
    """Sort names first, then identifiers, then the rest by IRI."""
    first = (*_LABELS, expand("skos:altLabel"), expand("dcterms:identifier"))
    return (first.index(predicate) if predicate in first else len(first), predicate)


def _make_column(
    name: str, predicate: str, things: list[str], facts: Facts, labels: _Labels
) -> dict[Column, dict[str, str]]:
    """Return the column, or the columns, of a property with their cells by thing."""
    by_language: dict[str, dict[str, list[str]]] = defaultdict(dict)
    for thing in things:
        for value in facts[thing].get(predicate, ()):
            tag = read_literal(value).language if value[0] == '"' else ""
            by_language[tag].setdefault(thing, []).append(value)
    columns: dict[Column, dict[str, str]] = {}
    for tag, values in sorted(by_language.items()):
        several = any(len(texts) > 1 for texts in values.values())
        titles = labels.titles(predicate)
        column = Column(f"{name}_{tag}" if tag else name, predicate, titles, tag, several)
        columns[column] = {thing: _to_cell(terms, several) for thing, terms in values.items()}
        if predicate != _TYPE:
            columns.update(_label_columns(name, values, several, labels))
        if predicate == _GEOMETRY:
            columns.update(_coordinate_columns(values, facts))
    return columns


def _to_cell(terms: Iterable[str], several: bool) -> str:
    return _join((_to_text(term) for term in sorted(terms)), several)


def _join(texts: Iterable[str], several: bool) -> str:
    return _SEPARATOR.join(text.replace(_SEPARATOR, "¦") for text in texts) if several else "".join(texts)


def _to_text(term: str) -> str:
    if term[0] != '"':
        return term[1:-1]
    value, _, datatype = read_literal(term)
    return value if datatype in _NUMBERS else _guard(value)


def _guard(text: str) -> str:
    return "'" + text if text.startswith(_FORMULA_STARTS) else text


def _label_columns(
    name: str, values: Mapping[str, list[str]], several: bool, labels: _Labels
) -> Iterator[tuple[Column, dict[str, str]]]:
    """Yield a column of labels for each language, in the order of the things they name."""
    for language in _LANGUAGES:
        cells = {
            thing: [
                _guard(label)
                for term in sorted(terms)
                if term[0] == "<" and (label := labels.find(term[1:-1], language))
            ]
            for thing, terms in values.items()
        }
        if any(cells.values()):
            column = Column(f"{name}_{language}", "", (), language, several)
            yield column, {thing: _join(texts, several) for thing, texts in cells.items()}


def _coordinate_columns(
    values: Mapping[str, list[str]], facts: Facts
) -> Iterator[tuple[Column, dict[str, str]]]:
    """Yield longitude and latitude, the order of WKT that names no system (GeoSPARQL 1.1, 8.5.1)."""
    points: dict[str, tuple[str, str]] = {}
    for thing, geometries in values.items():
        for term in facts.get(geometries[0][1:-1], {}).get(_WKT, ()):
            if found := _POINT.fullmatch(read_literal(term).value.strip()):
                points[thing] = (found[1], found[2])
    for position, name in enumerate(("longitude", "latitude")):
        yield Column(name, "", ()), {thing: point[position] for thing, point in points.items()}
