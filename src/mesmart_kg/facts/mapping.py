"""The mapping of one table, read from its CSV on the Web metadata (``NAME.csv-metadata.json``) and compiled.

The ``csvw`` package reads the metadata: its inheritance of properties, its datatypes, what is null, required
or separated. Here the result is compiled into one :class:`ColumnRule` per column, which ``tables`` applies
row by row. Specifications: Metadata Vocabulary for Tabular Data; Generating RDF from Tabular Data on the Web,
minimal mode. RML was tried first: its engines either pin an old Oxigraph and bring a third of a gigabyte
along, or are young and partial. What RML has beyond CSVW, graphs and languages that come from the row, are
two annotations here:

* ``https://w3id.org/city-communities/def#graph``, on the table or on a column: the template of the graph's
  IRI; a list-valued variable gives one graph per value;
* ``https://w3id.org/city-communities/def#language``, on a column: the name of the column that holds the
  language tag of the row's text; where that is empty the text has no language.

What else differs from the standard, on purpose, so that nothing is lost or invented silently:

* templates are read as ``templates`` says: relative to the base IRI, with this project's prefixes, and a
  virtual column whose templates lack a value tells nothing in that row;
* a ``valueUrl`` on a column with a separator is expanded once for each of the cell's values;
* a column without ``propertyUrl`` is an error, unless it says ``"suppressOutput": true``;
* numbers, dates and truth values are written as XML Schema writes them; ``format`` is for strings (a regular
  expression), and no warning of the ``csvw`` package is passed over.

The datatype ``{"base": "string", "@id": "https://w3id.org/city-communities/def#DateOfAnyPrecision"}`` becomes
xsd:date, xsd:gYearMonth or xsd:gYear, by how the cell is written.
"""

from __future__ import annotations

import json
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from csvw.metadata import Table

from mesmart_kg.errors import FactError
from mesmart_kg.facts.blocks import find_undecodable_line, name_file
from mesmart_kg.facts.literals import DATATYPES
from mesmart_kg.facts.templates import Template, compile_template
from mesmart_kg.namespaces import CC, PREFIXES
from mesmart_kg.store import NamedNode

SUFFIX: Final = "-metadata.json"
"""What the name of a table's metadata file adds to the name of the table."""

GRAPH: Final = CC + "graph"
LANGUAGE: Final = CC + "language"

_XSD = PREFIXES["xsd"]
_TEMPLATES = ("aboutUrl", "propertyUrl", "valueUrl")


@dataclass(frozen=True)
class Telling:
    """What a column tells: a subject, a property, the graphs, and a resource unless the cell is the value."""

    about: Template
    property: Template
    graph: Template
    value: Template | None


@dataclass(frozen=True)
class ColumnRule:
    """How one column is read and what it tells; None if it only serves templates.

    ``parser`` is the ``csvw`` datatype, which checks the parts of a cell; None for plain text. A cell that is
    a value itself is a literal of ``datatype`` or, if that is xsd:string, a text in ``language`` or in that
    which ``language_column`` holds.
    """

    name: str
    parser: Any
    virtual: bool
    tells: Telling | None
    base_type: str
    datatype: str
    language: str | None
    language_column: str | None
    required: bool
    separator: str | None
    null: tuple[str, ...]
    default: str


@dataclass(frozen=True)
class ForeignKey:
    """Columns of this table whose values must stand in columns of another one."""

    columns: tuple[str, ...]
    table: Path
    target: tuple[str, ...]


@dataclass(frozen=True)
class Mapping:
    """The compiled mapping of one table. A silent one is checked like any other but tells nothing."""

    path: Path
    file: str
    columns: tuple[ColumnRule, ...]
    primary_key: tuple[str, ...]
    foreign_keys: tuple[ForeignKey, ...]
    silent: bool

    @property
    def header(self) -> tuple[str, ...]:
        """The names that the first line of the table must hold."""
        return tuple(column.name for column in self.columns if not column.virtual)


def read_mapping(path: Path, data_dir: Path, base_iri: str) -> Mapping:
    """Read the mapping of the table at ``path``. Raises FactError, its place a line of the metadata file."""
    return _Reader(path, data_dir, base_iri).read()


class _Reader:
    """Reads one metadata file, and remembers its text to tell the line of what is wrong."""

    def __init__(self, path: Path, data_dir: Path, base_iri: str) -> None:
        self._path = path
        self._source = path.with_name(path.name + SUFFIX)
        self._file = name_file(self._source, data_dir)
        self._table_file = name_file(path, data_dir)
        self._data_dir = data_dir
        self._base = base_iri
        self._text = ""

    def read(self) -> Mapping:
        if not self._source.is_file():
            raise FactError(
                f"this table has no mapping: write {self._source.name} beside it (data/README.md shows how)",
                self._table_file,
                1,
            )
        table = self._read_table()
        schema = table.tableSchema
        names = [column.header for column in schema.columns if not column.virtual]
        columns = tuple(self._compile(column, names) for column in schema.columns)
        for key in schema.primaryKey or ():
            self._require_column(key, names)
        return Mapping(
            path=self._path,
            file=self._table_file,
            columns=columns,
            primary_key=tuple(schema.primaryKey or ()),
            foreign_keys=tuple(self._foreign_key(key, names) for key in schema.foreignKeys),
            silent=bool(table.suppressOutput),
        )

    def _read_table(self) -> Any:
        try:
            self._text = self._source.read_text(encoding="utf-8")
            description = json.loads(self._text, object_pairs_hook=_without_repetition)
        except UnicodeDecodeError as error:
            raise FactError(
                "not UTF-8: save the file as UTF-8", self._file, find_undecodable_line(self._source)
            ) from error
        except json.JSONDecodeError as error:
            raise FactError(f"not JSON: {error.msg}", self._file, error.lineno) from error
        except _RepeatedKeyError as error:
            raise self._error(
                f"{error.args[0]!r} stands twice in one object: keep one", str(error.args[0])
            ) from error
        if not isinstance(description, dict) or not isinstance(description.get("tableSchema"), dict):
            raise self._error("one table is described here, with its tableSchema written out")
        if "@context" not in description:
            raise self._error('"@context" is missing: write "http://www.w3.org/ns/csvw"')
        if description.get("url") != self._path.name:
            raise self._error(f'"url" must name the table beside this file: "{self._path.name}"', "url")
        if "dialect" in description:
            raise self._error("leave out the dialect: tables are comma-separated and UTF-8", "dialect")
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            try:
                table = Table.from_file(self._source, data=description)
            except (ValueError, TypeError, KeyError, AssertionError) as error:
                raise self._error(f"not CSVW metadata: {error}") from error
        if caught:
            raise self._error(f"not CSVW metadata: {caught[0].message}")
        return table

    def _compile(self, column: Any, names: list[str]) -> ColumnRule:
        unknown = [key for key in column.common_props if key.startswith(CC) and key not in (GRAPH, LANGUAGE)]
        if unknown:
            raise self._error(
                f"this annotation is not known: the known ones are {GRAPH}, {LANGUAGE}", unknown[0]
            )
        if column.inherit("ordered"):
            raise self._error(f'column "{column.header}": ordered lists are not told here', column.header)
        base_type, datatype = self._datatype(column)
        language_column = column.common_props.get(LANGUAGE)
        if language_column is not None:
            self._require_column(language_column, names)
        silent = column.suppressOutput or column._parent._parent.suppressOutput
        return ColumnRule(
            name=column.header,
            parser=column.inherit("datatype"),
            virtual=column.virtual,
            tells=None if silent else self._telling(column, names),
            base_type=base_type,
            datatype=datatype,
            language=self._language(column),
            language_column=language_column,
            required=bool(column.inherit("required")),
            separator=column.inherit("separator"),
            null=tuple(column.inherit_null()),
            default=column.default,
        )

    def _telling(self, column: Any, names: list[str]) -> Telling:
        name = column.header
        about, prop, value = (self._template(column, key, names) for key in _TEMPLATES)
        graph_text = column.common_props.get(GRAPH, column._parent._parent.common_props.get(GRAPH))
        if prop is None:
            raise self._error(f'column "{name}": give it a propertyUrl, or "suppressOutput": true', name)
        if about is None:
            raise self._error(f'column "{name}": neither it nor the table has an aboutUrl', name)
        if graph_text is None:
            raise self._error(f'column "{name}": neither it nor the table names a graph ("{GRAPH}")', name)
        if column.virtual and value is None and not column.default:
            raise self._error(f'column "{name}": a virtual column needs a valueUrl or a default', name)
        return Telling(about, prop, self._compile_template(graph_text, names), value)

    def _template(self, column: Any, key: str, names: list[str]) -> Template | None:
        template = column.inherit(key)
        return None if template is None else self._compile_template(template.uri, names)

    def _compile_template(self, text: object, names: list[str]) -> Template:
        if not isinstance(text, str):
            raise self._error(f"a template is a text, not {text!r}")
        try:
            template = compile_template(text, names, self._base)
            if template.is_constant:
                NamedNode(template.expand({})[0])
        except ValueError as error:
            raise self._error(f"{text!r}: {error}", text) from error
        return template

    def _datatype(self, column: Any) -> tuple[str, str]:
        datatype = column.inherit("datatype")
        if datatype is None:
            return "string", _XSD + "string"
        base = str(datatype.base)
        if base not in DATATYPES:
            raise self._error(
                f'column "{column.header}": the datatype {base} is not read here; use one of'
                f" {', '.join(sorted(DATATYPES))}",
                column.header,
            )
        if datatype.format is not None and base != "string":
            raise self._error(
                f'column "{column.header}": leave out the format and write the {base} as XML Schema does',
                column.header,
            )
        return base, datatype.at_props.get("id", _XSD + base)

    def _language(self, column: Any) -> str | None:
        # The package gives each description the language "und", which hides the one it would inherit.
        for level in (column, column._parent, column._parent._parent):
            if level.lang != "und":
                return str(level.lang)
        return None

    def _foreign_key(self, key: Any, names: list[str]) -> ForeignKey:
        for column in key.columnReference:
            self._require_column(column, names)
        target = key.reference.resource
        path = None if target is None else (self._path.parent / target.string).resolve()
        if path is None or not path.is_relative_to(self._data_dir.resolve()) or not path.is_file():
            raise self._error(
                "a foreign key refers to another table of data/ by its file name", "foreignKeys"
            )
        inside = self._data_dir / path.relative_to(self._data_dir.resolve())
        return ForeignKey(tuple(key.columnReference), inside, tuple(key.reference.columnReference))

    def _require_column(self, name: object, names: list[str]) -> None:
        if name not in names:
            raise self._error(f'there is no column "{name}" in this table', str(name))

    def _error(self, message: str, near: str = "") -> FactError:
        """Make the error; its line is the first that holds ``near`` as a JSON string, else the first."""
        position = self._text.find(json.dumps(near, ensure_ascii=False)) if near else -1
        return FactError(message, self._file, self._text.count("\n", 0, max(position, 0)) + 1)


class _RepeatedKeyError(Exception):
    """A JSON object says the same twice, of which a reader would drop one."""


def _without_repetition(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        raise _RepeatedKeyError(next(key for key in keys if keys.count(key) > 1))
    return found
