"""What is handed over in the end: the links as Turtle and as mappings, and the review of what is open."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePath

from mesmart_kg import formats
from mesmart_kg.linking.linkset import About, to_links, to_turtle
from mesmart_kg.linking.model import Linked
from mesmart_kg.linking.review import needs_review, to_review
from mesmart_kg.linking.sssom import to_sssom
from mesmart_kg.linking.subjects import Naming, to_slug


@dataclass(frozen=True)
class Written:
    """A file: what it is (``linkset``, ``sssom``, ``review``), its name, media type and bytes."""

    what: str
    name: str
    content_type: str
    data: bytes


def to_files(
    linked: Linked, naming: Naming, about: About, version: str, table_name: str, delimiter: str = ","
) -> Iterator[Written]:
    """Yield the files for a table; no review where nothing is open and nothing was ever chosen."""
    links, stem = to_links(linked), to_slug(PurePath(table_name).name)
    turtle = to_turtle(links, naming, about).encode()
    yield Written("linkset", f"{stem}.links.ttl", formats.TURTLE.content_type, turtle)
    mappings = to_sssom(links, naming, about, version).encode()
    yield Written("sssom", f"{stem}.sssom.tsv", "text/tab-separated-values; charset=utf-8", mappings)
    if needs_review(linked):
        review = to_review(linked, delimiter)
        yield Written("review", f"{stem}.review.csv", "text/csv; charset=utf-8", review)


def make_titles(table_name: str, title: str = "") -> tuple[tuple[str, str], ...]:
    """Return the titles of a set of links: the one given, in both languages, else one of the file's name."""
    name = PurePath(table_name.replace("\\", "/")).name[:200]
    italian, english = (title, title) if title else (f"Collegamenti da {name}", f"Links from {name}")
    return (("en", english), ("it", italian))
