"""Queries, understood: what the matcher is to be asked, and what is left to be compared afterwards."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Final

from mesmart_kg.label_index import Entry, divide_code, read_register
from mesmart_kg.reconciliation import Question
from mesmart_kg.web.publication import published
from mesmart_kg.web.reconciling.comparing import QUALIFIERS
from mesmart_kg.web.reconciling.kinds import find_entries, find_type, to_iri
from mesmart_kg.web.reconciling.model import Condition, Plain, Proposed, Query
from mesmart_kg.web.reconciling.properties import SCHEMES, find_property, find_short
from mesmart_kg.web.reconciling.reading import MOST_CANDIDATES

_MORE: Final = 25
"""Candidates that are asked for at least where some may be dropped afterwards."""

_OWN: Final = re.compile(r"(?:https?://|[a-z][a-z0-9-]*/)[^\s<>\"{}|\\^`]{1,300}")
_POINT: Final = re.compile(
    r"\s*(-?[0-9]{1,2}(?:\.[0-9]{1,20})?)\s*[,; ]\s*(-?[0-9]{1,3}(?:\.[0-9]{1,20})?)\s*"
)
_DIGITS: Final = {"istat": 6, "istat-province": 3, "istat-uts": 3, "istat-region": 2}
"""How many digits the codes of some registers have."""

_FEATURES: Final = {"country": "country", "country-code": "country", "region": "region", "province": "region",
                    "communities": "community", "coordinates": "point", "latitude": "point",
                    "longitude": "point"}  # fmt: skip
"""Properties that the matcher weighs, and the feature that tells whether they agree."""


@dataclass
class Wish:
    """A query as it is being understood: questions for the matcher, and what is left to compare."""

    query: Query
    kinds: tuple[str, ...] = ()
    named: list[str] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)
    left: list[Condition] = field(default_factory=list)
    needed: set[str] = field(default_factory=set)
    has_unread: bool = False
    is_hopeless: bool = False
    found: list[Proposed] = field(default_factory=list)
    is_broad: bool = False


def find_named(queries: Iterable[Query]) -> dict[str, Entry]:
    """Return the things that queries name by their ids or IRIs, by IRI."""
    texts = {text for query in queries for text in (*query.ids, *query.names, *_named_by(query))}
    iris = {to_iri(text.strip()) for text in texts if _OWN.fullmatch(text.strip())}
    return find_entries(published().index, iris) if iris else {}


def _named_by(query: Query) -> list[str]:
    return [
        str(value) for each in query.conditions if find_short(each.property) == "iri" for value in each.values
    ]


def understand(query: Query, entries: dict[str, Entry]) -> Wish:
    """Return what a query wishes; ``entries`` are the things that queries name outright, by IRI."""
    wish = Wish(query)
    types = [find_type(each) for each in query.types]
    wish.kinds = tuple(dict.fromkeys(each.kind for each in types if each is not None))
    if query.types and (not wish.kinds or (query.strict == "all" and len(wish.kinds) > 1)):
        # Of a type that nobody here knows there is nothing, but the reader may take something else.
        wish.is_hopeless = query.strict != "should"
        wish.has_unread, wish.kinds = True, ()
    named = [to_iri(text.strip()) for text in (*query.ids, *query.names, *_named_by(query))]
    wish.named = [iri for iri in dict.fromkeys(named) if iri in entries]
    question = Question("", kinds=wish.kinds, limit=query.limit)
    for condition in query.conditions:
        question = _add(question, condition, wish)
    names = [name for name in query.names if to_iri(name.strip()) not in entries]
    if wish.is_hopeless or (wish.named and not names):
        return wish
    if wish.left or any(each.required for each in query.conditions) or len(names) > 1:
        question = replace(question, limit=min(MOST_CANDIDATES, max(query.limit, _MORE)))
    if names:
        wish.questions = [replace(question, text=name) for name in names]
    elif question.codes:
        wish.questions = [question]
    return wish


def _add(question: Question, condition: Condition, wish: Wish) -> Question:
    """Return the question with a condition that the matcher weighs; note any other."""
    if condition.qualifier is not None and condition.qualifier not in QUALIFIERS:
        wish.has_unread = True
    short, values = find_short(condition.property), condition.values
    texts = tuple(text for text in map(_to_text, values) if text)
    if not texts:
        return question
    is_plain = condition.quantifier == "any" and condition.qualifier != "WildcardMatch"
    if short == "iri" and is_plain:
        return question
    if is_plain and (short in SCHEMES or short == "code"):
        codes = tuple(_to_code(short, text) for text in texts)
        return replace(question, codes=(*question.codes, *codes))
    if is_plain and len(texts) == 1 and short in _FEATURES:
        return _add_place(question, short, texts[0], wish)
    if find_property(condition.property if short == condition.property else short) is None:
        wish.has_unread = True
        wish.is_hopeless = wish.is_hopeless or condition.required
        return question
    wish.left.append(replace(condition, property=short))
    wish.needed.add(short)
    return question


def _add_place(question: Question, short: str, text: str, wish: Wish) -> Question:
    match _FEATURES[short]:
        case "country":
            return replace(question, countries=(*question.countries, text))
        case "region":
            return replace(question, regions=(*question.regions, text))
        case "community":
            return replace(question, communities=(*question.communities, text))
    if short == "coordinates":
        found = _POINT.fullmatch(text)
        latitude, longitude = found.groups() if found else (None, None)
    else:
        told = {
            find_short(each.property): _to_text(each.values[0])
            for each in wish.query.conditions
            if each.values
        }
        latitude, longitude = told.get("latitude"), told.get("longitude")
    point = _to_point(latitude, longitude)
    if point is None:
        wish.has_unread = True
        return question
    return replace(question, point=point)


def _to_point(latitude: str | None, longitude: str | None) -> tuple[float, float] | None:
    """Return longitude and latitude in degrees; None for what is no place on earth."""
    try:
        y, x = float(latitude or "nan"), float(longitude or "nan")
    except ValueError:
        return None
    return (x, y) if abs(y) <= 90 and abs(x) <= 180 else None


def _to_text(value: Plain) -> str:
    """Return a value as text: a whole number without decimals, since spreadsheets add them to codes."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def _to_code(scheme: str, text: str) -> tuple[str, str]:
    """Return register and code; what names its register itself, as an address does, is of that one."""
    told = read_register(text) or divide_code(text)
    if told[0]:
        return told
    # A spreadsheet takes codes for numbers, and their first zeros away.
    return ("" if scheme == "code" else scheme, text.zfill(_DIGITS[scheme]) if scheme in _DIGITS else text)


def find_feature(wish: Wish, condition: Condition) -> str | None:
    """Return the feature that tells whether a thing meets a condition; None if the matcher wasn't asked."""
    short = find_short(condition.property)
    if short in wish.needed:
        return None
    return "code" if short in {*SCHEMES, "code"} else _FEATURES.get(short)
