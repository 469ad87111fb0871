"""Accept to a format, or 406 (RFC 9110, section 12.5.1). ``?format=`` wins over Accept.

Where the RFC leaves a choice, it is made for the client:

* what is malformed says nothing: such a part of the header is passed over, and a header without one sound
  part is treated as absent;
* a parameter that we know nothing of (``profile``, ``version``) is a wish. What is there without it is given
  when nothing matches in full; only what contradicts us (another ``charset``) rules a format out;
* of two formats that the client likes equally, it gets the one that it named, and not one that a wildcard let
  in.

A header is read in linear time, and only as far as any honest client writes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from mesmart_kg.formats import Format, find_format, to_content_type

HTML: Final = Format(
    "html",
    "HTML",
    "text/html",
    "html",
    "http://www.w3.org/ns/formats/HTML",
    ("application/xhtml+xml",),
)

LONGEST_ACCEPT: Final = 2000
"""Characters of the header that are read; the longest that a client was seen to send has about 900."""

LONGEST_NAME: Final = 100
"""Characters of a format's name; no format has a longer one."""

_TOKEN: Final = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")  # section 5.6.2
_QUOTED: Final = r'"(?:[^"\\]|\\.)*+"?'
_BETWEEN_COMMAS: Final = re.compile(rf'(?:[^,"]|{_QUOTED})++', re.DOTALL)
_BETWEEN_SEMICOLONS: Final = re.compile(rf'(?:[^;"]|{_QUOTED})++', re.DOTALL)
_ESCAPED: Final = re.compile(r"\\(.)", re.DOTALL)
# Section 12.4.2 has three decimals and nothing above 1; more of either is no reason to doubt what is meant.
_WEIGHT: Final = re.compile(r"(?=\.?[0-9])[0-9]{0,3}(?:\.[0-9]{0,20})?")

_KNOWN: Final = {"charset": {"utf-8", "utf8"}, "header": {"present"}}
"""What is true of all we send, by parameter: it is UTF-8, and CSV has a header line (RFC 4180, section 3)."""

_Parameters = frozenset[tuple[str, str]]


class NotAcceptable(Exception):
    """None of the formats on offer is one that the client takes; ``wanted`` is what it asked, cut if long."""

    def __init__(self, formats: Sequence[Format], wanted: str) -> None:
        super().__init__(wanted)
        self.formats = tuple(formats)
        self.wanted = wanted if len(wanted) <= LONGEST_NAME else wanted[:LONGEST_NAME] + "…"


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

    ``name`` is what ``?format=`` says, ``accept`` the header, several of them joined by commas; without both
    the first format is chosen. Among equals for the client, the order of ``formats`` decides. Choices are
    remembered: give a tuple that is made once. Raises NotAcceptable.
    """
    if accept is not None and len(accept) > LONGEST_ACCEPT:
        # A part that was cut in two would say what nobody said.
        accept = accept[: accept.rfind(",", 0, LONGEST_ACCEPT) + 1]
    if name is not None and len(name) > LONGEST_NAME:
        raise NotAcceptable(formats, name)
    return _choose(accept, name, tuple(formats))


@lru_cache(maxsize=512)
def _choose(accept: str | None, name: str | None, formats: tuple[Format, ...]) -> Choice:
    if name:
        named = find_format(name, formats)
        if named is None:
            raise NotAcceptable(formats, name)
        return Choice(named, named.media_type)
    ranges = _Ranges(_read_ranges(accept or ""))
    if ranges.say_nothing:
        return Choice(formats[0], formats[0].media_type)
    best: Choice | None = None
    best_liking = _UNLIKED
    for each in formats:
        # An alias counts where it is named: no wildcard means it.
        likings = [(ranges.like(each.media_type), each.media_type)]
        likings += [(ranges.like(alias), alias) for alias in each.aliases if ranges.name(alias)]
        liking, media_type = max(likings, key=lambda found: found[0])
        if liking > best_liking:
            best, best_liking = Choice(each, media_type), liking
    if best is None:
        raise NotAcceptable(formats, accept or "")
    return best


@dataclass(frozen=True)
class MediaRange:
    """A member of Accept: ``type/subtype``, ``type/*`` or ``*/*``, in lower case; the weight is 0 to 1."""

    name: str
    parameters: _Parameters
    weight: float


_Liking = tuple[bool, float, int, int]
"""How much a client likes a media type: whether all it asks for is there, the weight, how exactly it was
named (0 to 2) and by how many parameters."""

_UNLIKED: Final[_Liking] = (False, 0.0, 0, 0)


class _Ranges:
    """The members of one header, by the types they name."""

    def __init__(self, ranges: Iterator[MediaRange]) -> None:
        self._by_name: dict[str, list[MediaRange]] = {}
        for each in dict.fromkeys(ranges):
            self._by_name.setdefault(each.name, []).append(each)

    @property
    def say_nothing(self) -> bool:
        return not self._by_name

    def name(self, media_type: str) -> bool:
        """Tell whether any member names a media type in full."""
        return media_type.partition(";")[0] in self._by_name

    def like(self, media_type: str) -> _Liking:
        """Return how much the client likes a media type: by the most specific range that matches it."""
        own = next(_read_ranges(media_type))
        in_full: list[tuple[int, int, float]] = []
        in_part: list[tuple[int, int, float]] = []
        kind = own.name.partition("/")[0]
        for exactness, name in enumerate(("*/*", f"{kind}/*", own.name)):
            for each in self._by_name.get(name, ()):
                met = _meet(each.parameters, own.parameters)
                if met is not None:
                    found = (exactness, len(each.parameters), each.weight)
                    (in_full if met else in_part).append(found)
        # What matches in full also says no; what matches in part can only be the next best.
        exactness, count, weight = max(in_full or in_part, default=(0, 0, 0.0))
        return (bool(in_full), weight, exactness, count) if weight else _UNLIKED


def _meet(wanted: _Parameters, own: _Parameters) -> bool | None:
    """Tell whether a representation has all parameters that a range wants; None if one contradicts it."""
    ours = dict(own)
    has_all = True
    for name, value in wanted:
        if name in ours:
            if ours[name] != value:
                return None
        elif name in _KNOWN:
            if value.lower() not in _KNOWN[name]:
                return None
        else:
            has_all = False
    return has_all


def _read_ranges(header: str) -> Iterator[MediaRange]:
    """Yield the well-formed members of a list of media ranges; empty ones are allowed (section 5.6.1)."""
    for member in filter(None, _split(header, ",", _BETWEEN_COMMAS)):
        name, *parts = (part.strip(" \t") for part in _split(member, ";", _BETWEEN_SEMICOLONS))
        # Java's own client has sent a lone asterisk for decades.
        name = "*/*" if name == "*" else name.lower()
        kind, _, subtype = name.partition("/")
        is_sound = _TOKEN.fullmatch(kind) and _TOKEN.fullmatch(subtype) and (kind != "*" or subtype == "*")
        parameters = [_read_parameter(part) for part in parts if part]
        # Wherever it stands among the parameters, `q` is the weight.
        weight = _read_weight(next((value for key, value in parameters if key == "q"), "1"))
        if is_sound and weight is not None:
            yield MediaRange(name, frozenset(each for each in parameters if each[0] != "q"), weight)


def _split(text: str, separator: str, between: re.Pattern[str]) -> list[str]:
    """Return the parts of a text between separators outside of quoted strings; there is at least one."""
    return between.findall(text) or [""] if '"' in text else text.split(separator)


def _read_parameter(text: str) -> tuple[str, str]:
    """Return name, in lower case, and value of a parameter (section 5.6.6)."""
    name, _, value = (part.strip(" \t") for part in text.partition("="))
    if value.startswith('"'):
        value = _ESCAPED.sub(r"\1", value[1:].removesuffix('"'))
    return name.lower(), value


def _read_weight(text: str) -> float | None:
    return min(float(text), 1.0) if _WEIGHT.fullmatch(text) else None
