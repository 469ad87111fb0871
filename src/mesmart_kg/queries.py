"""Named queries: SPARQL files that say in their header what they answer, and take typed parameters.

A file ``queries/NN-name.rq`` begins with lines ``#+ ``, which together are one TOML document: ``number``,
``title.it``, ``title.en``, ``summary.it``, ``summary.en``, ``expectation.columns``,
``expectation.at_least``, perhaps ``about`` (one of ``SUBJECTS``), and any number of ``[[parameters]]``.
What follows is plain SPARQL 1.1 which any server answers as it stands.
A parameter is a block of one variable in that text, ``VALUES ?city { <id/city/it-messina> }``, or, of type
``endpoint``, the IRI that follows ``SERVICE``; the header's default and the text's must agree. ``bind`` puts
other values there, as terms: the only place of the project where a value enters the text of a query.

Left to others: whether a text is SPARQL at all (``engine``), what it may ask (``query_text``).
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from itertools import pairwise
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from mesmart_kg.errors import ConfigError, QuerySyntaxError
from mesmart_kg.namespaces import NAMESPACE, PREFIXES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

LANGUAGES: Final = ("it", "en")
"""Languages in which titles, summaries and labels must be given."""


SUBJECTS: Final = ("cities", "communities", "events", "time", "places", "evidence", "links", "data")
"""What a query may be about, in the order in which lists of queries go."""


@dataclass(frozen=True)
class Parameter:
    """A value that a reader may choose. ``default`` holds one lexical form, or several if ``many``."""

    name: str
    type: str
    label: Mapping[str, str]
    default: tuple[str, ...]
    many: bool = False


@dataclass(frozen=True)
class Expectation:
    """What any answer has by its nature: its columns in order (a graph has none), its fewest rows."""

    columns: tuple[str, ...]
    at_least: int


@dataclass(frozen=True)
class NamedQuery:
    """A question with its SPARQL text, which runs as it is and answers for the parameters' defaults.

    ``stem`` is the name of the file without its ending, ``name`` the same without the number; ``about`` is
    one of ``SUBJECTS``, or empty where the file does not say.
    """

    stem: str
    number: int
    title: Mapping[str, str]
    summary: Mapping[str, str]
    parameters: tuple[Parameter, ...]
    text: str
    expectation: Expectation
    about: str = ""

    @property
    def name(self) -> str:
        return self.stem.partition("-")[2]


def find_query(queries: Iterable[NamedQuery], name: str) -> NamedQuery | None:
    """Return the query of that name, file stem or number (``1``, ``01``); None if there is none."""
    wanted = name.strip().removesuffix(".rq")
    number = int(wanted) if wanted.isascii() and wanted.isdecimal() else -1
    return next(
        (query for query in queries if wanted in (query.name, query.stem) or query.number == number), None
    )


def read_queries(directory: Path, base_iri: str = NAMESPACE) -> tuple[NamedQuery, ...]:
    """Read every ``.rq`` file of a directory, ordered by number. Raises as ``read_query`` does."""
    if not directory.is_dir():
        raise ConfigError(f"there is no directory of queries named {directory.name}")
    queries = sorted(
        (read_query(path, base_iri) for path in directory.glob("*.rq")), key=lambda q: (q.number, q.stem)
    )
    for first, second in pairwise(queries):
        if first.number == second.number:
            raise ConfigError(
                f"{first.stem}.rq and {second.stem}.rq both have number {first.number}: renumber one"
            )
    return tuple(queries)


def read_query(path: Path, base_iri: str = NAMESPACE) -> NamedQuery:
    """Read one file; ``base_iri`` takes the place of the file's BASE, under which a publisher names things.

    Raises ConfigError, which names the file and the line, where the header or a parameter is not as the
    module's docstring says, or where a prefix has another namespace than the project's.
    """
    lines = path.read_text(encoding="utf-8").splitlines()
    length = next((i for i, line in enumerate(lines) if not line.startswith("#+")), len(lines))
    header = _Header(path.name, lines[:length])
    _check_prefixes(path.name, lines, length)
    text = _BASE.sub(f"BASE <{base_iri}>", "\n".join(lines[length:]).rstrip() + "\n", count=1)
    query = NamedQuery(
        stem=path.stem,
        number=header.number(),
        title=header.texts(header.table, "title"),
        summary=header.texts(header.table, "summary"),
        parameters=header.parameters(),
        text=text,
        expectation=header.expectation(),
        about=header.about(),
    )
    _check_parameters(path.name, length, query)
    return query


def bind(query: NamedQuery, values: Mapping[str, str]) -> str:
    """Return the text of a query with values in the place of its parameters' defaults.

    A parameter that is ``many`` takes several values with blanks between. A relative IRI stands under the
    base.
    Raises QuerySyntaxError, fit for strangers, for an unknown parameter or a value that is not of its type.
    """
    known = {parameter.name: parameter for parameter in query.parameters}
    for name in values:
        if name not in known:
            choice = ", ".join(sorted(known)) or "none"
            raise QuerySyntaxError(f"{query.name} has no parameter “{name}”; it has: {choice}")
    text = query.text
    for slot in reversed(list(_slots(query.text, known))):
        if slot.parameter.name in values:
            terms = _render(slot.parameter, _split(slot.parameter, values[slot.parameter.name]))
            text = text[: slot.start] + (terms if slot.bare else f" {terms} ") + text[slot.end :]
    return text


# -- terms -----------------------------------------------------------------------------------------

_INTEGER: Final = re.compile(r"[+-]?[0-9]{1,18}")
_DECIMAL: Final = re.compile(r"[+-]?[0-9]{1,18}(\.[0-9]{1,18})?")
_DATE: Final = re.compile(r"[0-9]{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?)?")
_LANGUAGE: Final = re.compile(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*")
# SPARQL 1.1, production [139] IRIREF: what may stand between < and >.
_IRI: Final = re.compile(r"[^<>\"{}|^`\\\x00-\x20]+")
_ABSOLUTE: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:.*")
_ENDPOINT: Final = re.compile(r"https?://[^/?#]+.*")
_DATATYPES: Final = MappingProxyType({4: "xsd:gYear", 7: "xsd:gYearMonth", 10: "xsd:date"})
_ESCAPES: Final = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"})

TYPES: Final = MappingProxyType(
    {
        "iri": "an IRI, absolute or relative to the base, such as id/city/it-messina",
        "literal": "a text",
        "integer": "a whole number, such as 3",
        "decimal": "a number with a point, such as 100.5",
        "date": "a year, a month or a day, such as 2021, 2021-06 or 2021-06-21",
        "lang": "a language tag, such as it or pt-BR",
        "endpoint": "the http or https address of a SPARQL endpoint",
    }
)
"""Type of a parameter, with the words that say what it takes."""


def _split(parameter: Parameter, value: str) -> tuple[str, ...]:
    return (
        tuple(value.split()) if parameter.many else (value if parameter.type == "literal" else value.strip(),)
    )


def _render(parameter: Parameter, values: tuple[str, ...]) -> str:
    """Write the values as SPARQL terms; QuerySyntaxError if one of them isn't of the parameter's type."""
    if not values:
        raise QuerySyntaxError(
            f"parameter “{parameter.name}” needs at least one value: {TYPES[parameter.type]}"
        )
    return " ".join(_term(parameter, value) for value in values)


def _term(parameter: Parameter, value: str) -> str:
    match parameter.type:
        case "iri" if _IRI.fullmatch(value):
            return f"<{value}>"
        case "endpoint" if _IRI.fullmatch(value) and _ENDPOINT.fullmatch(value):
            return f"<{value}>"
        case "integer" if _INTEGER.fullmatch(value):
            return value
        case "decimal" if _DECIMAL.fullmatch(value):
            return value if "." in value else value + ".0"
        case "date" if _DATE.fullmatch(value):
            return f'"{value}"^^{_DATATYPES[len(value)]}'
        case "lang" if _LANGUAGE.fullmatch(value):
            return f'"{value}"'
        case "literal" if value.isprintable() or not _unwritable(value):
            return f'"{value.translate(_ESCAPES)}"'
    raise QuerySyntaxError(
        f"parameter “{parameter.name}” can't be “{value}”: it takes {TYPES[parameter.type]}"
    )


def _unwritable(value: str) -> bool:
    """Tell whether a text holds what no RDF literal may: the character zero, or half of a surrogate pair."""
    return any(char == "\x00" or "\ud800" <= char <= "\udfff" for char in value)


# -- places in the text ----------------------------------------------------------------------------

# What must be passed over as a whole, so that nothing inside it is taken for syntax; the two openings.
_TOKEN: Final = re.compile(
    r"""  (?P<skip> \#[^\n]* | \"{3}(?:[^"\\]|\\.|\"(?!\"\"))*\"{3} | '{3}(?:[^'\\]|\\.|'(?!''))*'{3}
               | "(?:[^"\\\n]|\\.)*" | '(?:[^'\\\n]|\\.)*' )
        | (?<![\w?$:-]) VALUES \s+ [?$](?P<variable>\w+) \s* \{
        | (?<![\w?$:-]) SERVICE \s+ (?:SILENT\s+)? (?P<service> <[^<>\s]*> )
        | (?P<iri> <[^<>"{}|^`\\\x00-\x20]*> )
        | (?P<close> \} )""",
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)
_BASE: Final = re.compile(r"(?mi)^BASE\s+<[^<>\s]*>")
_PREFIX: Final = re.compile(r"(?i)\s*PREFIX\s+([\w-]*):\s*<([^<>\s]*)>\s*")


@dataclass(frozen=True)
class _Slot:
    """Where a parameter's terms stand; a ``bare`` one has no braces around it that want a blank."""

    parameter: Parameter
    start: int
    end: int
    bare: bool


def _slots(text: str, parameters: Mapping[str, Parameter]) -> Iterator[_Slot]:
    opened: tuple[Parameter, int] | None = None
    services = {f"<{p.default[0]}>": p for p in parameters.values() if p.type == "endpoint"}
    for token in _TOKEN.finditer(text):
        if token["close"] and opened:
            yield _Slot(*opened, end=token.start(), bare=False)
            opened = None
        elif token["variable"] in parameters and parameters[token["variable"]].type != "endpoint":
            opened = parameters[token["variable"]], token.end()
        elif token["service"] in services:
            yield _Slot(services[token["service"]], *token.span("service"), bare=True)


def _check_parameters(file: str, header_lines: int, query: NamedQuery) -> None:
    slots = list(_slots(query.text, {parameter.name: parameter for parameter in query.parameters}))
    for parameter in query.parameters:
        shape = "SERVICE <…>" if parameter.type == "endpoint" else f"VALUES ?{parameter.name} {{ … }}"
        places = [slot for slot in slots if slot.parameter is parameter]
        if not places:
            raise ConfigError(
                f"{file}:{header_lines}: parameter {parameter.name} has no {shape} in the text: add it"
            )
        try:
            expected = _render(parameter, parameter.default)
        except QuerySyntaxError as error:
            raise ConfigError(f"{file}:{header_lines}: {error}") from error
        for place in places:
            if " ".join(query.text[place.start : place.end].split()) != expected:
                line = header_lines + query.text.count("\n", 0, place.start) + 1
                raise ConfigError(
                    f"{file}:{line}: {shape} and the header's default of {parameter.name} differ:"
                    f" write {expected}"
                )
        if parameter.type == "date" and "PREFIX xsd:" not in query.text:
            raise ConfigError(
                f"{file}:{header_lines + 1}: parameter {parameter.name} is a date: declare PREFIX xsd:"
            )
        if parameter.type == "iri" and not _BASE.search(query.text):
            raise ConfigError(
                f"{file}:{header_lines + 1}: parameter {parameter.name} is an IRI: declare a BASE"
            )


def _check_prefixes(file: str, lines: list[str], start: int) -> None:
    for number, line in enumerate(lines[start:], start + 1):
        if (found := _PREFIX.fullmatch(line)) and PREFIXES.get(found[1]) != found[2]:
            known = PREFIXES.get(found[1])
            remedy = f"write <{known}>" if known else "choose one of mesmart_kg.namespaces, or the whole IRI"
            raise ConfigError(f"{file}:{number}: prefix {found[1]}: is not the project's: {remedy}")


# -- header ----------------------------------------------------------------------------------------


class _Header:
    """The TOML document of the ``#+`` lines, read strictly: every complaint names the file and the line."""

    def __init__(self, file: str, lines: list[str]) -> None:
        self.file = file
        if not lines:
            raise ConfigError(f"{file}:1: the file has no header: begin with lines of “#+ ”")
        try:
            self.table: dict[str, Any] = tomllib.loads(
                "\n".join(line[2:].removeprefix(" ") for line in lines)
            )
        except tomllib.TOMLDecodeError as error:
            place = re.search(r"line (\d+)", str(error))
            line = place[1] if place else len(lines)
            raise ConfigError(f"{file}:{line}: the header is not TOML: {error}") from error
        self._lines = lines
        self._allow(self.table, "number", "title", "summary", "about", "parameters", "expectation")

    def number(self) -> int:
        number = self._take(self.table, "number", int)
        if not self.file.startswith(f"{number:02}-"):
            raise self._error("number", f"number {number} and the file's name differ: rename one")
        return int(number)

    def about(self) -> str:
        """Return what the query is about; empty if the header leaves it open."""
        subject = self.table.get("about", "")
        if subject not in ("", *SUBJECTS):
            raise self._error("about", f"about is one of {', '.join(SUBJECTS)}")
        return str(subject)

    def texts(self, table: dict[str, Any], key: str) -> Mapping[str, str]:
        """Return a text in every language of the project."""
        texts = self._take(table, key, dict)
        self._allow(texts, *LANGUAGES)
        return MappingProxyType({language: str(self._take(texts, language, str)) for language in LANGUAGES})

    def parameters(self) -> tuple[Parameter, ...]:
        tables = self.table.get("parameters", [])
        if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
            raise self._error("parameters", "parameters are tables: write [[parameters]]")
        return tuple(self._parameter(table) for table in tables)

    def _parameter(self, table: dict[str, Any]) -> Parameter:
        self._allow(table, "name", "type", "label", "default", "many")
        kind, many = self._take(table, "type", str), bool(table.get("many", False))
        if kind not in TYPES:
            raise self._error(kind, f"“{kind}” is no type of a parameter; types are {', '.join(TYPES)}")
        if many and kind in ("literal", "endpoint"):
            raise self._error("many", f"a parameter of type {kind} takes one value: leave “many” out")
        default = self._take(table, "default", list if many else str)
        return Parameter(
            name=self._take(table, "name", str),
            type=kind,
            label=self.texts(table, "label"),
            default=tuple(str(value) for value in default) if many else (str(default),),
            many=many,
        )

    def expectation(self) -> Expectation:
        table = self._take(self.table, "expectation", dict)
        self._allow(table, "columns", "at_least")
        columns = table.get("columns", [])
        return Expectation(tuple(str(column) for column in columns), int(self._take(table, "at_least", int)))

    def _take(self, table: dict[str, Any], key: str, kind: type) -> Any:
        value: Any = table.get(key)
        if not isinstance(value, kind) or (isinstance(value, str) and not value.strip()):
            raise self._error(key, f"the header needs “{key}”, of type {kind.__name__}")
        return value

    def _allow(self, table: dict[str, Any], *keys: str) -> None:
        for key in table:
            if key not in keys:
                raise self._error(key, f"the header does not know “{key}”; it knows {', '.join(keys)}")

    def _error(self, word: str, message: str) -> ConfigError:
        line = next((i for i, text in enumerate(self._lines, 1) if word in text), 1)
        return ConfigError(f"{self.file}:{line}: {message}")
