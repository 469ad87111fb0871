"""A thing by what others call it: its code in a register, or an IRI that it has elsewhere.

A code is read as people write it: ``istat`` and ``083048``, but also ``istat:083048``, ``IT-83048`` with the
zero lost in a spreadsheet, ``Q13666`` or its whole address at Wikidata. Where a code is carried by several
things, as that of a municipality by the city and by its administration, the place comes first, since codes
are given to places; ``kind`` asks for another. Of NUTS it is the region: its cities carry the code as well.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from mesmart_kg.label_index import LabelIndex, divide_code, read_register

ALIASES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "iso": "iso3166-1",
        "iso3166": "iso3166-1",
        "iso-3166-1": "iso3166-1",
        "iso3166-1-alpha2": "iso3166-1",
        "iso3166-1-alpha3": "iso3166-1",
        "belfiore": "cadastral",
        "catastale": "cadastral",
        "comune": "istat",
        "regione": "istat-region",
        "provincia": "istat-province",
        "qid": "wikidata",
        "wd": "wikidata",
        "gn": "geonames",
    }
)
"""Other names by which registers are asked for; the rest are as the data name them."""

_PLACES: Final = ("city", "region", "country")
_BY_SCHEME: Final = MappingProxyType({"nuts": ("region", "country", "city")})
_LENGTHS: Final = MappingProxyType(
    {"istat": 6, "istat-region": 2, "istat-province": 3, "istat-uts": 3, "iso3166-1": 3}
)
_PLAIN: Final = frozenset({*_LENGTHS, "cadastral", "nuts", "lau", "wikidata", "geonames", "ipa"})
"""Registers whose codes hold no blank, however they are printed."""

_LEAD: Final = re.compile(r"it[-_]?(?=[0-9])|(?<=[0-9])-?\(.*\)$", re.IGNORECASE)
_LAU: Final = re.compile(r"([A-Za-z]{2})[-_]?([A-Za-z0-9_-]+)")

MOST_OTHERS: Final = 20
"""Things that are told beside the one that is meant, or in its place: a code of NUTS has hundreds."""


@dataclass(frozen=True)
class Asked:
    """What is looked up: a code in a register, or an IRI; ``kind`` as in own IRIs (``city``), if any."""

    scheme: str = ""
    code: str = ""
    iri: str = ""
    kind: str = ""


@dataclass(frozen=True)
class Finding:
    """What was found: the thing, unless there is none or it is not clear which; and what else fits.

    ``relation`` is ``code``, or what leads to the IRI asked for: ``skos:exactMatch``, ``skos:closeMatch`` …
    ``more`` counts what fits beyond MOST_OTHERS.
    """

    asked: Asked
    thing: str | None
    others: tuple[str, ...] = ()
    relation: str = "code"
    more: int = 0

    def to_facts(self) -> dict[str, Any]:
        """Return the members of the answer for programs; what was not asked with is left out."""
        asked = {name: value for name, value in vars(self.asked).items() if value}
        found = {"thing": self.thing, "others": list(self.others)}
        how = {"relation": self.relation} if self.thing or self.others else {}
        return asked | found | how | ({"more": self.more} if self.more else {})


def to_asked(scheme: str, code: str, kind: str = "") -> Asked:
    """Return a code in the form that the index knows; its scheme is empty where nothing tells it."""
    scheme, code = scheme.strip().casefold(), code.strip()
    known = read_register(code)
    told, rest = divide_code(code)
    if known is not None:
        scheme, code = known
    elif told and (not scheme or ALIASES.get(told, told) == ALIASES.get(scheme, scheme)):
        scheme, code = told, rest
    scheme = ALIASES.get(scheme, scheme)
    return Asked(scheme, _tidy(scheme, code.strip()), kind=kind)


def _tidy(scheme: str, code: str) -> str:
    """Return a code as its register writes it, from its address or however else it is written.

    What a spreadsheet took from the beginning of a number, its zeros, is put back.
    """
    if scheme not in _PLAIN:
        return code
    if "://" in code:
        code = code.rstrip("/#").rpartition("#" if "#" in code else "/")[2]
    code = "".join(code.split())
    if scheme == "lau" and (parts := _LAU.fullmatch(code)):
        return f"{parts[1]}_{parts[2]}"
    length = _LENGTHS.get(scheme)
    number = _LEAD.sub("", code) if length else ""
    return number.zfill(length) if length and number.isascii() and number.isdigit() else code


def look_up(
    index: LabelIndex, asked: Sequence[Asked], base_iri: str, to_own: Callable[[str], str] = str
) -> Iterator[Finding]:
    """Yield what each question finds, in their order; what is asked twice is looked for once.

    ``to_own`` returns the IRI of what an address of this site shows, and others as they are.
    """
    codes = list(dict.fromkeys((each.scheme, each.code) for each in asked if not each.iri))
    by_code = dict(zip(codes, index.find_codes(codes), strict=True))
    known: dict[Asked, Finding] = {}
    for each in asked:
        found = known.get(each)
        if found is None:
            matches = (
                _find_iri(index, each.iri, to_own(each.iri))
                if each.iri
                else [(iri, "code") for iri in by_code[each.scheme, each.code]]
            )
            found = known[each] = _choose(each, matches, base_iri)
        yield found


def _find_iri(index: LabelIndex, iri: str, own: str) -> list[tuple[str, str]]:
    rest = own.partition("://")[2]
    same = next((each for each in (own, f"https://{rest}", f"http://{rest}") if index.has(each)), None)
    return [(same, "owl:sameAs")] if same else index.find_iri(iri)


def _choose(asked: Asked, found: Iterable[tuple[str, str]], base_iri: str) -> Finding:
    """Return the one thing that is meant, if it is clear which."""
    ranked: dict[str, tuple[int, str]] = {}
    places = _BY_SCHEME.get(asked.scheme, _PLACES)
    for number, (iri, relation) in enumerate(found):
        kind = _kind(iri, base_iri)
        if not asked.kind or kind == asked.kind:
            # By code places come first; by IRI the nearer relation, which comes first already.
            rank = places.index(kind) if kind in places else len(places)
            ranked.setdefault(iri, (rank if relation == "code" else number, relation))
    if not ranked:
        return Finding(asked, None)
    order = sorted(ranked, key=lambda iri: (ranked[iri][0], iri))
    first = ranked[order[0]]
    equals = [iri for iri in order if ranked[iri] == first]
    is_clear = len(equals) == 1
    others = tuple(order[is_clear : is_clear + MOST_OTHERS])
    more = len(order) - is_clear - len(others)
    return Finding(asked, order[0] if is_clear else None, others, first[1], more)


def _kind(iri: str, base_iri: str) -> str:
    return iri.removeprefix(f"{base_iri}id/").partition("/")[0] if iri.startswith(f"{base_iri}id/") else ""
