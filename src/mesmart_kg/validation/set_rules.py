"""Constraints on all values of a focus node together, or on them and another property: their checks.

``focus`` is the variable of the focus node; ``path`` leads to its values, and is None for a node shape, whose
one value is the focus node itself. ``fresh`` gives variables that stand nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations
from typing import TYPE_CHECKING, Final

from rdflib import SH, Literal

from mesmart_kg.validation.lexical import Check, order_check
from mesmart_kg.validation.terms import Uncompilable, constant_text, iri_text
from mesmart_kg.validation.value_rules import all_of

if TYPE_CHECKING:
    from rdflib.term import Node

    from mesmart_kg.validation.paths import Path

Fresh = Callable[[], str]
Conforms = Callable[[str], Check]

_COUNTED: Final = 5
"""So many values are told apart, each from each; the ways to do so grow as their factorial."""


def min_count(given: Node, focus: str, path: Path, fresh: Fresh) -> Check:
    """``sh:minCount``."""
    least = _number(given)
    return Check(f"EXISTS {{ {_distinct(least, focus, path, fresh)} }}" if least else "true")


def max_count(given: Node, focus: str, path: Path, fresh: Fresh) -> Check:
    """``sh:maxCount``; beyond a few, who has more than a few is suspected."""
    most = _number(given)
    few = min(most, _COUNTED - 1)
    return Check(f"(!EXISTS {{ {_distinct(few + 1, focus, path, fresh)} }})", is_exact=few == most)


def unique_lang(given: Node, focus: str, path: Path, fresh: Fresh) -> Check:
    """``sh:uniqueLang``."""
    if not isinstance(given, Literal) or given.value is not True:
        return Check("true")
    one, other = fresh(), fresh()
    same = f'LANG({one}) != "" && LCASE(LANG({one})) = LCASE(LANG({other})) && !sameTerm({one}, {other})'
    return Check(f"(!EXISTS {{ {focus} {path.text} {one}, {other} FILTER({same}) }})")


def has_value(given: Node, focus: str, path: Path | None) -> Check:
    """``sh:hasValue``."""
    text = constant_text(given)
    return Check(f"sameTerm({focus}, {text})" if path is None else f"EXISTS {{ {focus} {path.text} {text} }}")


def equals(given: Node, focus: str, path: Path | None, fresh: Fresh) -> Check:
    """``sh:equals``."""
    other, value, told = iri_text(given), fresh(), fresh()
    if path is None:
        only = f"(!EXISTS {{ {focus} {other} {told} FILTER(!sameTerm({told}, {focus})) }})"
        return Check(f"(EXISTS {{ {focus} {other} {focus} }} && {only})")
    lacking = f"{focus} {path.text} {value} FILTER(!EXISTS {{ {focus} {other} {value} }})"
    more = f"{focus} {other} {told} FILTER(!EXISTS {{ {focus} {path.text} {told} }})"
    return Check(f"(!EXISTS {{ {lacking} }} && !EXISTS {{ {more} }})")


def pair(parameter: Node, given: Node, focus: str, value: str, fresh: Fresh) -> Check:
    """``sh:disjoint``, ``sh:lessThan``, ``sh:lessThanOrEquals``, for one value."""
    other = iri_text(given)
    if parameter == SH.disjoint:
        return Check(f"(!EXISTS {{ {focus} {other} {value} }})")
    told = fresh()
    order = order_check("<" if parameter == SH.lessThan else "<=", value, told)
    # pyshacl fails on a blank node even where there is nothing to compare it with.
    wrong = f"EXISTS {{ {focus} {other} {told} FILTER(!{order.ok}) }}"
    return Check(f"(!isBlank({value}) && !{wrong})", is_exact=False)


def qualified(
    least: Node | None, most: Node | None, focus: str, path: Path, conforms: Conforms, fresh: Fresh
) -> Check:
    """``sh:qualifiedMinCount`` and ``sh:qualifiedMaxCount``; ``conforms`` gives the check of one value."""
    checks = []
    if least is not None and (number := _number(least)):
        checks.append(_conforming(number, focus, path, conforms, fresh))
    if most is not None:
        more = _conforming(_number(most) + 1, focus, path, conforms, fresh)
        if not more.is_exact:
            raise Uncompilable("what it counts is known only roughly")
        checks.append(Check(f"(!{more.ok})"))
    return all_of(checks)


def _conforming(number: int, focus: str, path: Path, conforms: Conforms, fresh: Fresh) -> Check:
    """Return the check that so many values, or more, conform."""
    values = _names(number, fresh)
    checks = [conforms(value) for value in values]
    steps = " ".join(f"{focus} {path.text} {value} ." for value in values)
    wanted = " && ".join([*(check.ok for check in checks), *_apart(values)])
    return Check(f"EXISTS {{ {steps} FILTER({wanted}) }}", all(check.is_exact for check in checks))


def _distinct(number: int, focus: str, path: Path, fresh: Fresh) -> str:
    """Return a pattern that matches where there are so many values."""
    values = _names(number, fresh)
    steps = " ".join(f"{focus} {path.text} {value} ." for value in values)
    return steps + (f" FILTER({' && '.join(_apart(values))})" if number > 1 else "")


def _names(number: int, fresh: Fresh) -> list[str]:
    if number > _COUNTED:
        raise Uncompilable("it counts too far")
    return [fresh() for _ in range(number)]


def _apart(values: list[str]) -> list[str]:
    return [f"!sameTerm({one}, {other})" for one, other in combinations(values, 2)]


def _number(given: Node) -> int:
    # pyshacl has seen to it that it is one.
    number = int(str(given))
    if number < 0:
        raise Uncompilable("it counts below nothing")
    return number
