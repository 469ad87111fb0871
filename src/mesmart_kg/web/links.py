"""Where this site shows a thing: own IRIs to paths and back, and the links that pages are made of.

An IRI names a thing and stays; a path is where the site that serves this release shows it, on whatever host
it was asked for. Two namespaces are ours to serve: the base (``id``, ``set``, ``graph`` …, a setting) and,
of the constant one, the terms and concepts that every city shares (``def``, ``shapes``, ``voc``).

    id/city/it-messina   /doc/city/it-messina     the document about the thing; links need no redirect
    def#City             /def#City                and so on: a path as the IRI goes on after the base

Filters for templates: ``|href`` (an IRI to what an ``href`` holds, else none), ``|language_mark``, ``|cut``.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from flask import Flask, g, request
from markupsafe import Markup, escape
from werkzeug.urls import iri_to_uri

from mesmart_kg.namespaces import NAMESPACE
from mesmart_kg.web.directions import settle
from mesmart_kg.web.languages import language
from mesmart_kg.web.problems import BadRequest
from mesmart_kg.web.publication import published

if TYPE_CHECKING:
    from mesmart_kg.labels import Name

__all__ = ["absolute", "find_path", "register", "root", "to_href", "to_iri", "to_path"]

LONGEST_NAME: Final = 160
"""Characters of a name that a link shows; the page of the thing has it in full."""

_LONGEST_REMEMBERED: Final = 300
_THINGS: Final = "id/"
_DOCUMENTS: Final = "doc/"
_SHARED: Final = ("def", "shapes", "voc")
_WEB: Final = ("http://", "https://")
_JOINER: Final = "\u200d"
_UNFIT: Final = frozenset(' <>"{}|\\^`')
"""What no IRI holds (RFC 3987, section 2.2); an address with it is shown, and not linked."""


def find_path(iri: str, base_iri: str) -> str | None:
    """Return the path at which an own IRI is shown, percent-encoded; None if it isn't ours. Pure."""
    # A reader's own query may answer with IRIs of any length: those are not remembered.
    return _find_path(iri, base_iri) if len(iri) <= _LONGEST_REMEMBERED else _make_path(iri, base_iri)


def _make_path(iri: str, base_iri: str) -> str | None:
    rest = _find_rest(iri, base_iri)
    if rest is None or not _UNFIT.isdisjoint(iri):
        return None
    if rest.startswith(_THINGS):
        rest = _DOCUMENTS + rest.removeprefix(_THINGS)
    # A second slash in the beginning would lead to another host.
    return None if rest.startswith("/") else iri_to_uri(f"/{rest}")


_find_path = lru_cache(maxsize=8192)(_make_path)
"""Remembers: a page leads to the same things many times, and pages to the same sources."""


def _find_rest(iri: str, base_iri: str) -> str | None:
    shared = iri.removeprefix(NAMESPACE)
    if shared != iri and shared.partition("#")[0].partition("/")[0] in _SHARED:
        return shared
    return iri.removeprefix(base_iri) if iri.startswith(base_iri) else None


def to_path(iri: str) -> str | None:
    """Return the path at which this site shows an own IRI, with its fragment; None if it isn't ours."""
    return find_path(iri, published().config.site.base_iri)


def to_iri(path: str) -> str:
    """Return the IRI of what a path shows, given as Flask does, not percent-encoded.

    ``/doc/city/it-messina`` shows the city ``…/id/city/it-messina``; what is under no base of its own has the
    path as it is.
    """
    rest = path.removeprefix("/")
    if rest.partition("/")[0].partition("#")[0] in _SHARED:
        return NAMESPACE + rest
    if rest.startswith(_DOCUMENTS):
        rest = _THINGS + rest.removeprefix(_DOCUMENTS)
    return published().config.site.base_iri + rest


def to_href(iri: str) -> str | None:
    """Return what an ``href`` holds to lead to an IRI; None where it leads nowhere.

    What is ours is a path, which keeps the language that the reader asked for. What is others' is their web
    address, and never anything that a browser would run.
    """
    known: dict[str, str | None] = g.setdefault("known_addresses", {})
    if iri not in known:
        known[iri] = _find_address(iri)
    return known[iri]


def _find_address(iri: str) -> str | None:
    path = to_path(iri)
    if path is not None:
        if "lang" not in request.args:
            return path
        address, hash_mark, fragment = path.partition("#")
        separator = "&" if "?" in address else "?"
        return f"{address}{separator}{urlencode({'lang': language()})}{hash_mark}{fragment}"
    return iri if iri.startswith(_WEB) and _UNFIT.isdisjoint(iri) else None


def root() -> str:
    """Return what stands before a path, ending in a slash: the setting ``web.public_url``, else a slash.

    For headers, which may name an address on the host that was asked without naming the host: a stranger may
    ask for any, and what is kept for others must not hold it.
    """
    return iri_to_uri(published().config.web.public_url) or "/"


def absolute(path: str) -> str:
    """Return the address of a path in full, by ``web.public_url`` or else by what the request names.

    Raises BadRequest when the request names no valid host and none is set.
    """
    here = iri_to_uri(published().config.web.public_url)
    if not here and not request.host:
        raise BadRequest(400, "host", "The request names no valid host.")
    return f"{here or request.url_root}{path.removeprefix('/')}"


def to_language_mark(name: Name) -> Markup:
    """Return the attributes of an element that holds a text of the data: direction, and its own language.

    The language is told where it isn't the page's, so that screen readers say it right (WCAG 3.1.2).
    """
    other = name.language
    if not other or other.lower() == language():
        return Markup('dir="auto"')
    return Markup(f'dir="auto" lang="{escape(other)}"')  # noqa: S704 - escaped


def cut(text: str, most: int = LONGEST_NAME) -> str:
    """Return a text, or its beginning where it is too long; a letter is not parted from its accents.

    Marks of direction that it leaves open are left out.
    """
    if len(text) <= most:
        return settle(text)
    end = most
    while end > most // 2 and (_continues(text[end]) or text[end - 1] == _JOINER):
        end -= 1
    return settle(text[:end].rstrip()) + "…"


def _continues(sign: str) -> bool:
    """Tell whether a sign belongs to the one before: an accent, a joiner, a shade of an emoji."""
    return (
        sign in {_JOINER, "\ufe0f"}
        or unicodedata.combining(sign) != 0
        or "\U0001f3fb" <= sign <= "\U0001f3ff"
    )


def register(app: Flask) -> None:
    """Teach the filters to the templates of an application."""
    app.jinja_env.filters.update(href=to_href, language_mark=to_language_mark, cut=cut)
