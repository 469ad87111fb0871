"""Sitemaps: every page in every language, for search engines; written as they are sent.

A page has an address for each language (``?lang=``) and one that answers in the reader's own; each names all
of them (``hreflang``). A file may hold 50,000 addresses and 50 MB.

Specification: https://www.sitemaps.org/protocol.html; of ``xhtml:link``, search engines' own documentation.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final
from xml.sax.saxutils import escape, quoteattr

__all__ = ["PAGES_IN_PART", "count_parts", "write_index", "write_part"]

PAGES_IN_PART: Final = 1_000
"""Pages of which one file tells: few enough to be written in half a second, whatever the languages."""

_HEAD: Final = '<?xml version="1.0" encoding="UTF-8"?>\n'
_SITEMAP: Final = "http://www.sitemaps.org/schemas/sitemap/0.9"
_XHTML: Final = "http://www.w3.org/1999/xhtml"
_TOGETHER: Final = 200


def count_parts(pages: int) -> int:
    """Return how many files so many pages take."""
    return -(-pages // PAGES_IN_PART)


def write_index(addresses: Iterable[str], day: str) -> Iterator[str]:
    """Yield the index of the files at some addresses; ``day`` is when what they list last changed."""
    yield f'{_HEAD}<sitemapindex xmlns="{_SITEMAP}">\n'
    for address in addresses:
        yield f"<sitemap><loc>{escape(address)}</loc><lastmod>{day}</lastmod></sitemap>\n"
    yield "</sitemapindex>\n"


def write_part(addresses: Iterable[str], languages: Sequence[str], day: str) -> Iterator[str]:
    """Yield a file that lists pages, each by its address without a language."""
    yield f'{_HEAD}<urlset xmlns="{_SITEMAP}" xmlns:xhtml="{_XHTML}">\n'
    waiting: list[str] = []
    for address in addresses:
        waiting.append(_write_page(address, languages, day))
        if len(waiting) == _TOGETHER:
            yield "".join(waiting)
            waiting.clear()
    yield "".join(waiting)
    yield "</urlset>\n"


def _write_page(address: str, languages: Sequence[str], day: str) -> str:
    in_language = {each: f"{address}?lang={each}" for each in languages}
    links = [_write_link("x-default", address)]
    links += [_write_link(each, there) for each, there in in_language.items()]
    return "".join(
        f"<url><loc>{escape(there)}</loc><lastmod>{day}</lastmod>{''.join(links)}</url>\n"
        for there in in_language.values()
    )


def _write_link(language: str, address: str) -> str:
    return f'<xhtml:link rel="alternate" hreflang="{language}" href={quoteattr(address)}/>'
