"""Accept to a format, or 406 (RFC 9110, section 12.5.1). ``?format=`` wins over Accept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from werkzeug.datastructures import MIMEAccept
from werkzeug.http import parse_accept_header

from mesmart_kg.formats import Format, find_format, to_content_type

HTML: Final = Format(
    "html",
    "HTML",
    "text/html",
    "html",
    "http://www.w3.org/ns/formats/HTML",
    ("application/xhtml+xml",),
)


class NotAcceptable(Exception):
    """None of the formats on offer is one that the client takes."""

    def __init__(self, formats: Sequence[Format], wanted: str) -> None:
        super().__init__(wanted)
        self.formats = tuple(formats)
        self.wanted = wanted


@dataclass(frozen=True)
class Choice:
    """A format, and the media type to announce it by: the one the client named, where it named one."""

    format: Format
    media_type: str

    @property
    def content_type(self) -> str:
        return to_content_type(self.media_type)


def choose_format(accept: str | None, name: str | None, formats: Sequence[Format]) -> Choice:
    """Return the format to answer in, of those on offer, the preferred one first.

    ``name`` is what ``?format=`` says, ``accept`` the header; without both the first format is chosen. Among
    equals for the client, the order of ``formats`` decides. Raises NotAcceptable.
    """
    if name:
        named = find_format(name, tuple(formats))
        if named is None:
            raise NotAcceptable(formats, name)
        return Choice(named, named.media_type)
    if not accept or not accept.strip():
        return Choice(formats[0], formats[0].media_type)
    wishes = parse_accept_header(accept, MIMEAccept)
    best: Choice | None = None
    best_quality = 0.0
    for candidate in formats:
        quality = _quality(wishes, candidate.media_type)
        media_type = candidate.media_type
        for alias in candidate.aliases:
            # An alias counts where it is named: no wildcard means it.
            named_quality = wishes.quality(alias) if alias in wishes.values() else 0.0
            if named_quality > quality:
                quality, media_type = named_quality, alias
        if quality > best_quality:
            best, best_quality = Choice(candidate, media_type), quality
    if best is None:
        raise NotAcceptable(formats, accept)
    return best


def _quality(wishes: MIMEAccept, media_type: str) -> float:
    """Return the quality of a media type by the most specific range that matches it; 0 if none does."""
    ranges = (media_type, f"{media_type.partition('/')[0]}/*", "*/*")
    by_range: dict[str, float] = {}
    for wish, quality in wishes:
        wanted = wish.partition(";")[0].strip().lower()
        if wanted in ranges:
            by_range[wanted] = max(quality, by_range.get(wanted, 0.0))
    return next((by_range[each] for each in ranges if each in by_range), 0.0)
