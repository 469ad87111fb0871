"""Typed links from a page to what belongs to it, for programs: in the ``Link`` header, and as a linkset.

Level 1: each answer tells its permanent name (``cite-as``), types, licence, author, collection, and the same
in other formats. Level 2: a linkset (``…/doc/….linkset.json``) tells all links of page and data at once.

Specifications: FAIR Signposting Profile 1.1; RFC 8288 (Link); RFC 9264 (linkset). A page that browsers show
is the landing page there, its RDF the metadata resources.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from werkzeug.urls import iri_to_uri

from mesmart_kg.formats import Format
from mesmart_kg.web.negotiation import HTML

LINKSET: Final = Format(
    "linkset", "Linkset", "application/linkset+json", "linkset.json", "", ("application/linkset",)
)

ABOUT_PAGE: Final = "https://schema.org/AboutPage"
"""What a landing page is, says the profile."""


@dataclass(frozen=True)
class Link:
    """A link; ``relations`` are separated by spaces, ``title`` is ASCII, as a header field wants it."""

    href: str
    relations: str
    media_type: str | None = None
    title: str | None = None
    language: str | None = None

    def to_field(self) -> str:
        """Return the link as a member of a Link header (RFC 8288, section 3)."""
        # The name of a thing may hold any letter; a field holds an address, which is ASCII.
        parts = [f"<{iri_to_uri(self.href)}>", f'rel="{self.relations}"']
        named = (("type", self.media_type), ("title", self.title), ("hreflang", self.language))
        parts += [f'{name}="{value}"' for name, value in named if value]
        return "; ".join(parts)


@dataclass(frozen=True)
class Signposts:
    """What the links of one thing's document lead to; all are addresses.

    ``document`` is the one that negotiates. ``collections`` are what the thing is listed in, ``types`` the
    IRIs of its classes. ``licence`` and ``author`` are none where nobody has told them.
    """

    document: str
    thing: str
    formats: tuple[Format, ...]
    languages: tuple[str, ...]
    types: tuple[str, ...]
    collections: tuple[str, ...]
    licence: str | None = None
    author: str | None = None

    def address(self, format: Format) -> str:
        """Return the address of the document in one format."""
        return f"{self.document}.{format.extension}"

    def links(self, shown: Format) -> Iterator[Link]:
        """Yield the links of the document in one format: what it is, whose, and what else there is."""
        yield Link(self.thing, "cite-as")
        types = (ABOUT_PAGE, *self.types) if shown is HTML else self.types
        for each in types:
            yield Link(each, "type")
        if self.licence:
            yield Link(self.licence, "license")
        if self.author:
            yield Link(self.author, "author")
        for each in self.collections:
            yield Link(each, "collection")
        yield Link(self.address(LINKSET), "linkset", LINKSET.media_type)
        for one in self.formats:
            if one is not shown:
                # To the page its RDF is what describes it; to the RDF the page is what it describes.
                also = " describedby" if shown is HTML else ""
                yield Link(self.address(one), f"alternate{also}", one.media_type, one.label)
        if shown is HTML:
            for language in self.languages:
                yield Link(f"{self.document}?lang={language}", "alternate", HTML.media_type, None, language)
        else:
            yield Link(self.address(HTML), "alternate describes", HTML.media_type, HTML.label)


def to_header(links: Iterable[Link]) -> str:
    """Return the Link header of some links."""
    return ", ".join(link.to_field() for link in links)


def to_linkset(signposts: Signposts) -> str:
    """Return all links of a document as JSON (RFC 9264, section 4.2): those of the page, then of its data."""
    contexts = [_to_context(signposts.document, signposts.links(HTML))]
    contexts += [_to_context(signposts.address(each), signposts.links(each)) for each in signposts.formats]
    return json.dumps({"linkset": contexts}, indent=1, ensure_ascii=False) + "\n"


def _to_context(anchor: str, links: Iterable[Link]) -> dict[str, object]:
    relations: dict[str, list[dict[str, object]]] = {}
    for link in links:
        target: dict[str, object] = {"href": link.href}
        if link.media_type:
            target["type"] = link.media_type
        if link.title:
            target["title"] = link.title
        if link.language:
            target["hreflang"] = [link.language]
        for relation in link.relations.split():
            if relation != "linkset":  # the one that this is
                relations.setdefault(relation, []).append(target)
    return {"anchor": anchor, **relations}
