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

Which columns a table has is known once the whole dataset was read; its rows are then written stretch by
stretch.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from mesmart_kg.dumps.names import LABELS, LANGUAGES, Names
from mesmart_kg.dumps.rows import HEAD, SEPARATOR, Cell, Kind, write_row
from mesmart_kg.dumps.things import TYPE, ClassShape
from mesmart_kg.namespaces import PREFIXES, expand

_GEOMETRY: Final = expand("geo:hasDefaultGeometry")
_FIRST: Final = (*LABELS, expand("skos:altLabel"), expand("dcterms:identifier"))


class Column(NamedTuple):
    """A column: its name in the header, the property it holds, its titles by language."""

    name: str
    property: str
    titles: tuple[tuple[str, str], ...]
    language: str = ""
    several: bool = False


@dataclass(frozen=True)
class Table:
    """The table of one class: its columns, and where the cells of each come from."""

    file: str
    class_iri: str
    titles: tuple[tuple[str, str], ...]
    columns: tuple[Column, ...]
    cells: tuple[Cell, ...]
    rows: int

    @property
    def head(self) -> bytes:
        """The bytes that come before the rows."""
        return HEAD + write_row([column.name for column in self.columns]).encode()


def plan_tables(shapes: Mapping[str, ClassShape], names: Names) -> tuple[Table, ...]:
    """Return the tables of classes, given by their IRIs, sorted by file name."""
    files = _file_names(shapes)
    tables = (_plan(files[iri], iri, shape, names) for iri, shape in shapes.items())
    return tuple(sorted(tables, key=lambda table: table.file))


def _plan(file: str, class_iri: str, shape: ClassShape, names: Names) -> Table:
    properties = sorted(shape.asserted - {TYPE}, key=_property_key)
    local_names = [_local_name(name) for name in properties]
    planned = {Column("iri", "", ()): Cell(Kind.IRI), **dict(_plan_property("type", TYPE, shape, names))}
    for name, local in zip(properties, local_names, strict=True):
        alone = local_names.count(local) == 1
        header = local if alone else f"{_prefix_of(name)}_{local}"
        planned.update(_plan_property(header, name, shape, names))
    return Table(
        file, class_iri, names.titles(class_iri), tuple(planned), tuple(planned.values()), shape.things
    )


def _property_key(name: str) -> tuple[int, str]:
    """Sort names first, then identifiers, then the rest by IRI."""
    return (_FIRST.index(name) if name in _FIRST else len(_FIRST), name)


def _plan_property(header: str, name: str, shape: ClassShape, names: Names) -> Iterator[tuple[Column, Cell]]:
    """Yield the column, or the columns, of a property."""
    titles = names.titles(name)
    languages = {tag: several for (told, tag), several in shape.several.items() if told == name}
    for tag, several in sorted(languages.items()):
        column = Column(f"{header}_{tag}" if tag else header, name, titles, tag, several)
        yield column, Cell(Kind.VALUE, name, tag, several)
        if not tag and name != TYPE:
            for language in LANGUAGES:
                if (name, language) in shape.labelled:
                    label = Column(f"{header}_{language}", "", (), language, several)
                    yield label, Cell(Kind.LABEL, name, language, several)
        if not tag and name == _GEOMETRY:
            yield Column("longitude", "", ()), Cell(Kind.LONGITUDE, name)
            yield Column("latitude", "", ()), Cell(Kind.LATITUDE, name)


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
        description["separator"] = SEPARATOR
    return description
