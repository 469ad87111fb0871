"""How the things of a table are named, so that something can be said of them.

In this order: by the column that holds their IRIs; by a template that makes IRIs of other columns, as
``https://data.example.org/city/{code}``; else by the line of the row under a base, ``{base}row-12``. Lines
are those of the file: whoever sorts the table renames its rows, so a column or a template is better.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, urlsplit

from mesmart_kg.linking.model import Row, Table
from mesmart_kg.linking.notices import Notice, TableRefused
from mesmart_kg.linking.tables import get_column

DEFAULT_HOST: Final = "https://data.example.org/"
"""Where rows are said to live if nobody says: a name that is nobody's (RFC 2606), to be replaced."""

LONGEST: Final = 2000

_FIELD: Final = re.compile(r"\{([^{}]*)\}")
_IRI: Final = re.compile(r"(?:https?://[^\s/?#]+|urn:[A-Za-z0-9][A-Za-z0-9-]{0,31}:)[^\s]*")
_UNFIT: Final = frozenset('<>"{}|\\^`')
_SLUG: Final = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True)
class Naming:
    """How the rows of a table are named. ``way`` is ``column``, ``template`` or ``row``.

    ``base`` is the dataset's own IRI and a separator: what the link set itself is named under.
    """

    way: str
    base: str
    column: int | None = None
    template: str = ""

    @property
    def is_placeholder(self) -> bool:
        """Whether the names stand under an address that is nobody's."""
        return self.base.startswith(DEFAULT_HOST) and self.way == "row"

    @property
    def dataset(self) -> str:
        """The IRI of the data that the rows are of."""
        return self.base.rstrip("#")

    @property
    def linkset(self) -> str:
        """The IRI of the set of links."""
        return f"{self.base}linkset"


def to_slug(name: str) -> str:
    """Return the name of a file, without its ending, as a part of an address."""
    stem = name.replace("\\", "/").rpartition("/")[2].rpartition(".")
    plain = unicodedata.normalize("NFKD", stem[0] or stem[2]).encode("ascii", "ignore").decode().lower()
    return _SLUG.sub("-", plain).strip("-")[:60].strip("-") or "table"


def choose_naming(
    table: Table, name: str, *, column: int | None = None, template: str = "", base: str = ""
) -> Naming:
    """Return how the rows of the table in a file of that name are called.

    Raises TableRefused for a base that is no IRI, for a template without or with unknown columns.
    """
    chosen = base or f"{DEFAULT_HOST}{to_slug(name)}#"
    if not is_iri(chosen) or chosen.count("#") > 1:
        raise TableRefused(Notice("bad-base", 0, {"wanted": base[:200]}))
    if not chosen.endswith(("#", "/", ":")):
        chosen += "#" if "#" not in chosen else ""
    if column is not None:
        return Naming("column", chosen, column)
    if not template:
        return Naming("row", chosen)
    fields = _FIELD.findall(template)
    if not fields or not is_iri(_FIELD.sub("x", template)):
        raise TableRefused(Notice("bad-template", 0, {"wanted": template[:200]}))
    for each in fields:
        get_column(table, each)
    return Naming("template", chosen, None, template)


def name_rows(table: Table, naming: Naming) -> Callable[[Row], str | Notice]:
    """Return what gives a row's IRI, or tells why it has none."""
    column = naming.column
    if column is not None:
        return lambda row: _check(row.cells[column], row.line)
    if naming.way == "row":
        return lambda row: f"{naming.base}row-{row.line}"
    places = {each: get_column(table, each) for each in _FIELD.findall(naming.template)}

    def fill(row: Row) -> str | Notice:
        if not all(row.cells[place] for place in places.values()):
            return Notice("iri-missing", row.line)
        filled = _FIELD.sub(lambda each: quote(row.cells[places[each.group(1)]], safe=""), naming.template)
        return _check(filled, row.line)

    return fill


def _check(text: str, line: int) -> str | Notice:
    if not text:
        return Notice("iri-missing", line)
    return text if is_iri(text) else Notice("iri-bad", line, {"value": text[:80]})


def is_iri(text: str) -> bool:
    """Tell whether a text is an absolute IRI of the web or a URN, with nothing in it that IRIs don't hold."""
    if len(text) > LONGEST or not _IRI.fullmatch(text) or not _UNFIT.isdisjoint(text):
        return False
    if any(unicodedata.category(sign) in {"Cc", "Cf", "Cs", "Co", "Cn", "Zs", "Zl", "Zp"} for sign in text):
        return False
    try:
        parts = urlsplit(text)
        return parts.scheme == "urn" or bool(parts.hostname and parts.port != 0)
    except ValueError:
        return False
