"""Links to things, texts of the data and who says so, written in Python rather than as macros of templates.

A long page has thousands of them, the same sources again and again: each is written once in a request. In
templates ``thing(reference)``, ``words(name)`` and ``sources(references)``, which ``_things.html`` hands on.
Texts are put together from escaped parts, since ``Markup.format`` takes ten times as long.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from flask import Flask, g
from markupsafe import Markup, escape

from mesmart_kg.web.languages import count_in_words, translate
from mesmart_kg.web.links import cut, to_href, to_language_mark

if TYPE_CHECKING:
    from mesmart_kg.labels import Name, Reference

__all__ = ["register"]

LONGEST_TEXT: Final = 2000
"""Characters of a text of the data, where a page does not say otherwise."""

MOST_SOURCES: Final = 2
"""Sources that stand beside a statement; more of them fold away."""


def write_thing(reference: Reference) -> Markup:
    """Return a link to a thing by its name; the name alone where it leads nowhere."""
    written: dict[Reference, Markup] = g.setdefault("written_things", {})
    if reference not in written:
        written[reference] = _write_thing(reference)
    return written[reference]


def _write_thing(reference: Reference) -> Markup:
    address, mark = to_href(reference.iri), to_language_mark(reference.name)
    text = escape(cut(reference.name.value))
    if not address:
        return Markup(f"<span {mark}>{text}</span>")  # noqa: S704 - all parts are escaped
    external = ' rel="external"' if address.startswith("http") else ""
    return Markup(f'<a href="{escape(address)}" {mark}{external}>{text}</a>')  # noqa: S704 - as above


def write_words(name: Name, most: int = LONGEST_TEXT) -> Markup:
    """Return a text of the data, or its beginning, marked as of its own language."""
    mark, text = to_language_mark(name), escape(cut(name.value, most))
    return Markup(f"<span {mark}>{text}</span>")  # noqa: S704 - both are escaped


def write_sources(
    references: Sequence[Reference], inferred: bool = False, most: int = MOST_SOURCES
) -> Markup:
    """Return who says so, each source one click away; an inferred statement says that it is one."""
    written: dict[tuple[Sequence[Reference], bool, int], Markup] = g.setdefault("written_sources", {})
    key = tuple(references), inferred, most
    if key not in written:
        written[key] = _write_sources(*key)
    return written[key]


def _write_sources(references: tuple[Reference, ...], inferred: bool, most: int) -> Markup:
    links = list(map(write_thing, references))
    shown = ""
    if len(links) > most:
        head = escape(count_in_words("%(num)d source", "%(num)d sources", len(links)))
        items = "".join(f"<li>{link}</li>" for link in links)
        shown = f'<details class="sources"><summary>{head}</summary><ul>{items}</ul></details>'
    elif links:
        shown = f'<span class="sources">{", ".join(links)}</span>'
    if inferred:
        shown += f'<span class="badge inferred">{escape(translate("inferred"))}</span>'
    return Markup(shown)  # noqa: S704 - all parts are escaped


def register(app: Flask) -> None:
    """Teach them to the templates."""
    app.jinja_env.globals.update(
        write_thing=write_thing, write_words=write_words, write_sources=write_sources
    )
