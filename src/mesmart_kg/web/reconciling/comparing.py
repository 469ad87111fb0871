"""Whether what is known of a thing meets a condition that the matcher knows nothing of. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from mesmart_kg.label_index import fold
from mesmart_kg.web.reconciling.model import Condition, Moment, Nothing, Plain, Text, Thing, Value

QUALIFIERS: Final = ("ExactMatch", "WildcardMatch")
"""Ways to compare that are known: the same but for case, accents and signs; that with ``*`` for anything."""

_YEAR: Final = 4


def meets(values: Sequence[Value], condition: Condition) -> bool | None:
    """Tell whether values meet a condition; None where there is no value to tell by."""
    told = [value for value in values if not isinstance(value, Nothing)]
    if not told or not condition.values:
        return None
    has_pattern = condition.qualifier == "WildcardMatch"
    hits = [any(_fits(value, wanted, has_pattern) for value in told) for wanted in condition.values]
    if condition.quantifier == "none":
        return not any(hits)
    return all(hits) if condition.quantifier == "all" else any(hits)


def _fits(value: Value, wanted: Plain, has_pattern: bool) -> bool:
    if isinstance(wanted, bool):
        return _text_of(value) == str(wanted).lower()
    if isinstance(value, int | float):
        return _to_number(wanted) == value
    text = str(int(wanted)) if isinstance(wanted, float) and wanted.is_integer() else str(wanted)
    if isinstance(value, Thing) and (text == value.iri or value.iri.endswith(f"/id/{text}")):
        return True
    if isinstance(value, Moment | Text) and _is_date(value.value) and _is_date(text):
        # Of two dates, the vaguer one holds the other.
        return value.value.startswith(text) or text.startswith(value.value)
    own = fold(_text_of(value))
    return _match_pattern(text, own) if has_pattern else fold(text) == own


def _text_of(value: Value) -> str:
    return value.name if isinstance(value, Thing) else str(getattr(value, "value", value))


def _to_number(wanted: Plain) -> float | None:
    try:
        return float(wanted)
    except ValueError:
        return None


def _is_date(text: str) -> bool:
    return len(text) >= _YEAR and text[:_YEAR].isdecimal() and text[_YEAR : _YEAR + 1] in {"", "-"}


def _match_pattern(pattern: str, text: str) -> bool:
    """Tell whether a text has the parts between the asterisks of a pattern, in order; in linear time."""
    first, *rest = (fold(part) for part in pattern.split("*"))
    if not rest:
        return first == text
    *middle, last = rest
    if not text.startswith(first):
        return False
    place = len(first)
    for part in middle:
        found = text.find(part, place)
        if found < 0:
            return False
        place = found + len(part)
    return len(text) - len(last) >= place and text.endswith(last)
