"""Filters of searches and lists in an address: read from it, and written into it.

``?community=oasc&country=it&kind=…``: what is ours by the end of its IRI, what is others' by its IRI in full.
A filter may be given more than once: what has one of the values is left.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final
from urllib.parse import urlencode

from flask import request

from mesmart_kg.label_index import Filters
from mesmart_kg.namespaces import VOC
from mesmart_kg.web.languages import language
from mesmart_kg.web.links import absolute
from mesmart_kg.web.publication import published

FILTERS: Final = ("community", "country", "region", "kind")
"""The filters whose values are things, as the index calls them."""

MOST_VALUES: Final = 30
"""Values of one filter that are read; a form of ours offers no more."""

LONGEST_VALUE: Final = 500
LONGEST_TEXT: Final = 200
"""Characters of a text that is looked for."""


def read_text() -> str:
    """Return what is looked for, on one line."""
    return " ".join(request.args.get("q", "")[: 4 * LONGEST_TEXT].split())[:LONGEST_TEXT]


def read_filters(with_classes: bool = True) -> Filters:
    """Return the filters that the present address names."""
    chosen = {name: tuple(to_iri(name, value) for value in _values(name)) for name in FILTERS}
    return Filters(
        classes=_values("class") if with_classes else (),
        communities=chosen["community"],
        countries=chosen["country"],
        regions=chosen["region"],
        kinds=chosen["kind"],
    )


def _values(name: str) -> tuple[str, ...]:
    given = (value.strip() for value in request.args.getlist(name)[:MOST_VALUES])
    return tuple(dict.fromkeys(value for value in given if 0 < len(value) <= LONGEST_VALUE))


def read_page() -> int:
    """Return the number of the page that is asked for, from 1."""
    text = request.args.get("page", "")
    return max(int(text), 1) if text.isascii() and text.isdigit() and len(text) < 8 else 1


def to_iri(name: str, value: str) -> str:
    """Return the IRI that a filter's value in an address stands for."""
    return value if ":" in value else f"{_start(name)}{value}"


def to_value(name: str, iri: str) -> str:
    """Return how an address names the value of a filter."""
    start = _start(name)
    end = iri.removeprefix(start)
    return end if end != iri and ":" not in end else iri


def _start(name: str) -> str:
    return VOC if name == "kind" else f"{published().config.site.base_iri}id/{name}/"


def to_arguments(filters: Filters) -> list[tuple[str, str]]:
    """Return the arguments of an address that mean these filters, in a fixed order."""
    arguments = [("class", key) for key in filters.classes]
    for name, iris in filters.by_relation().items():
        arguments += [(name, to_value(name, iri)) for iri in iris]
    return arguments


def to_address(path: str, arguments: Iterable[tuple[str, str]], **more: str | int | None) -> str:
    """Return a path with arguments, and the language if the reader chose one; what is None is left out."""
    told = [*arguments, *((name, str(value)) for name, value in more.items() if value is not None)]
    if "lang" in request.args:
        told.append(("lang", language()))
    return f"{path}?{urlencode(told)}" if told else path


def to_canonical(path: str, page: int) -> str:
    """Return the address in full by which a page of a list is known, in whatever language it is read."""
    return absolute(f"{path}?page={page}" if page > 1 else path)


def list_hidden(arguments: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return what a form carries along unseen: the arguments, and the language if the reader chose one."""
    kept = {"lang": language()} if "lang" in request.args else {}
    return [*arguments.items(), *kept.items()]
