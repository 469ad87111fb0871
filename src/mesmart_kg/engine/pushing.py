"""Which bindings go along with a call of SERVICE, so that the other endpoint answers for them alone.

The bindings are those of what the call is joined with: the parts of its group before it, and after it up to
the first that is no join; where its group is itself a part of another, that one's as well. They are asked of
the local engine first, each once, and put before the call's own pattern as VALUES, in batches.

Why this changes no answer. Let L be what the call S is joined with, and V the distinct projections of L, or
of something that L is contained in, onto variables that all rows of it bind. Each row of L is compatible with
one row of V only, so Join(L, V) = L, and Join(L, S) = Join(L, Join(V, S)); rows are repeated as often as
before. The same holds where L is the left side of OPTIONAL. In a group further in, or on the right side of
MINUS, V must only take rows away from S, so the variables must be bound by S as well: those of its triples.

So nothing is pushed where V is not known for certain, or not twice the same:

* within GRAPH, EXISTS, another SERVICE, or a SELECT from its outside; out of a text that is not clear;
* by parts that draw by lot, count on an order, or hold a call that is still to be answered;
* by terms that engines write in more than one way: only IRIs and plain strings are pushed. A string goes
  along with and without its datatype, which are the same since RDF 1.1, but not for every store;
* by filters, except on rows that bind all their variables.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, TypeAlias
from uuid import uuid4

from mesmart_kg.engine.group_text import GROUP, TRIPLES, Groups, Part, Unclear
from mesmart_kg.engine.protocol import Solutions
from mesmart_kg.engine.values import quote, to_text, write_values
from mesmart_kg.query_text import ServiceCall
from mesmart_kg.store import Literal, NamedNode, Term

MOST_BINDINGS: Final = 4000
"""Bindings that are pushed; of more, the endpoint is asked without any."""

_BATCH_ROWS: Final = 200
_BATCH_CHARACTERS: Final = 50_000

_NOT_TWICE_THE_SAME: Final = frozenset(
    {"LIMIT", "OFFSET", "REDUCED", "SAMPLE", "GROUP_CONCAT", "NOW", "RAND", "UUID", "STRUUID", "BNODE"}
)
_STRING: Final = "http://www.w3.org/2001/XMLSchema#string"
_Row: TypeAlias = tuple[Term, ...]


@dataclass(frozen=True)
class Place:
    """What a call is joined with: ``rest`` is a group, or nothing where nothing can be asked for.

    ``names`` are the variables that it and the call share. Those that are ``certain`` every row of the call
    binds, and the call's pattern begins with triples of the ``leading`` ones.
    """

    rest: str
    names: tuple[str, ...]
    certain: frozenset[str]
    leading: frozenset[str]


def find_place(text: str, call: ServiceCall, *, own_group_only: bool = False) -> Place | None:
    """Return what a call is joined with; None where that is not certain."""
    assert call.clause is not None  # noqa: S101
    assert call.group is not None  # noqa: S101
    try:
        groups = Groups(text)
        levels = _find_levels(groups, call.clause[0])
        if levels is None:
            return None
        opening = groups.find_opening(call.group[0])
        pattern = () if groups.is_select(opening) else groups.parts(opening)
    except (Unclear, LookupError):
        return None
    rest, known, is_own_only = _gather(text, levels, own_group_only)
    certain = frozenset(name for part in pattern if part.kind == TRIPLES for name in part.variables)
    names = certain | (_bound_by_bind(text, pattern) if is_own_only else frozenset())
    if any(part.words & _NOT_TWICE_THE_SAME for part in pattern):
        names = frozenset()
    leads = bool(pattern) and pattern[0].kind == TRIPLES
    leading = pattern[0].variables if leads else frozenset()
    return Place(rest, tuple(sorted(names & known)), certain, leading)


@dataclass(frozen=True)
class _Level:
    """A group around a call: its parts, in which of them the call stands, and what kind the group itself is.

    ``kind`` is that of the part of the next group out that it is; nothing where none counts.
    """

    kind: str
    parts: tuple[Part, ...]
    index: int


def _find_levels(groups: Groups, place: int) -> list[_Level] | None:
    """Return the groups around a call that join, the outermost first; None where it stands elsewhere."""
    chain = groups.around(place)
    if not chain or not groups.is_where(chain[0]):
        return None
    levels: list[_Level] = []
    kind, at = "", 0
    while True:
        opening = chain[at]
        if groups.is_select(opening):
            # Only what it selects is seen from outside, and may be counted there.
            levels, kind, at = [], "", at + 1
            if not groups.is_where(chain[at]):
                return None
            continue
        parts = groups.parts(opening)
        index, part = next((i, each) for i, each in enumerate(parts) if each.span[0] <= place < each.span[1])
        levels.append(_Level(kind, parts, index))
        if part.kind == "SERVICE" and part.span[0] == place:
            return levels
        if part.kind not in {GROUP, "OPTIONAL", "MINUS"}:
            return None
        kind, at = part.kind, at + 1
        if chain[at] not in {inner for inner, _ in part.groups}:
            return None


def _gather(text: str, levels: list[_Level], own_only: bool) -> tuple[str, frozenset[str], bool]:
    """Return the group of all that joins, its variables, and whether all comes from the call's own group."""
    found: list[str] = []
    known: frozenset[str] = frozenset()
    joins, is_own_only = True, True
    for number, level in enumerate(reversed(levels)):
        part_text, variables = _rest_of_level(text, level, joins)
        if part_text:
            found.append(f"{{\n{part_text}}}\n")
            known |= variables
            is_own_only = number == 0
        if not level.kind or own_only or not joins:
            break
        joins = level.kind == GROUP
    return ("{\n" + "".join(reversed(found)) + "}" if found else ""), known, is_own_only


def _rest_of_level(text: str, level: _Level, joins: bool) -> tuple[str, frozenset[str]]:
    """Return the text of what joins in one group, beside its part with the call, and the variables of it."""
    before, after = level.parts[: level.index], level.parts[level.index + 1 :]
    kept: list[Part] = []
    patterns = [part for part in before if part.kind != "FILTER"]
    if not any(_is_unusable(part) for part in patterns):
        kept += patterns
    for part in after if joins else ():
        if part.kind in {"OPTIONAL", "MINUS", "BIND"}:
            break
        if part.kind != "FILTER" and not _is_unusable(part):
            kept.append(part)
    if not kept:
        return "", frozenset()
    filters = [part for part in (*before, *after) if part.kind == "FILTER" and not _is_unusable(part)]
    written = "".join([*(_write(text, part) for part in kept), *(_weaken(text, part) for part in filters)])
    return written, frozenset(name for part in kept for name in part.variables)


def _is_unusable(part: Part) -> bool:
    """Tell whether a part can't be asked by itself, or not twice with the same answer."""
    if part.kind == "FILTER" and "EXISTS" in part.words:
        return True
    has_call = any("SERVICE" in word for word in part.words if word[0] not in "<\"'?$")
    return has_call or bool(part.words & _NOT_TWICE_THE_SAME)


def _write(text: str, part: Part) -> str:
    if part.kind != TRIPLES:
        return text[slice(*part.span)] + "\n"
    core = text[slice(*part.core)]
    return core + ("\n" if core.endswith(".") else " .\n")


def _weaken(text: str, part: Part) -> str:
    """Return a filter that holds where the given one may hold once more variables are bound."""
    unbound = "".join(f"!BOUND(?{name}) || " for name in sorted(part.variables))
    constraint = text[slice(*part.core)][len("FILTER") :]
    return f"FILTER({unbound}({constraint}\n))\n"


def _bound_by_bind(text: str, pattern: Iterable[Part]) -> frozenset[str]:
    """Return the variables that BIND gives a value to, unless its expression has none."""
    binds = [text[slice(*part.core)] for part in pattern if part.kind == "BIND"]
    return frozenset(bind.rstrip(") \t\r\n").rpartition("?")[2] for bind in binds)


def to_batches(found: Solutions, place: Place, prologue: str, group: str) -> tuple[str, ...]:
    """Return the queries that ask a call's ``group`` for the bindings found; none where they can't be pushed.

    Where nothing was found nothing can join: one query then asks for no more than the variables.
    """
    if not found.complete or len(found.rows) > MOST_BINDINGS:
        return ()
    if not found.rows:
        return (f"{prologue}\nSELECT * WHERE {group} LIMIT 0",)
    names = _pushable(found, place)
    if not names:
        return ()
    rows = list(dict.fromkeys(tuple(row[name] for name in names) for row in found.rows))
    has_strings = any(isinstance(term, Literal) for row in rows for term in row)
    queries = []
    for batch in _cut(rows):
        values = write_values(names, batch)
        if has_strings:
            head = " ".join(f"?{name}" for name in names)
            values = f"{{ SELECT DISTINCT {head} WHERE {{ {values} }} }}"
        # Before a pattern that binds them at once, or beside one that may do other things first.
        where = f"{{ {values} {group[1:]}" if place.leading.issuperset(names) else f"{{ {values} {group} }}"
        queries.append(f"{prologue}\nSELECT * WHERE {where}")
    return tuple(queries)


def _pushable(found: Solutions, place: Place) -> tuple[str, ...]:
    """Return the variables that all rows bind to terms the same everywhere; one of them may have strings."""
    names: list[str] = []
    strings = 0
    for name in place.names:
        terms = [row.get(name) for row in found.rows]
        if all(isinstance(term, NamedNode) for term in terms):
            names.append(name)
        elif strings == 0 and name in place.certain and all(_is_plain(term) for term in terms):
            names.append(name)
            strings += 1
    return tuple(names)


def _is_plain(term: Term | None) -> bool:
    if isinstance(term, Literal):
        return term.language is None and term.datatype.value == _STRING
    return isinstance(term, NamedNode)


def _cut(rows: Iterable[_Row]) -> Iterator[list[str]]:
    """Yield the rows as texts, in batches; a string is written in both of its ways."""
    call = uuid4()  # no blank node is among them
    batch: list[str] = []
    size = 0
    for number, row in enumerate(rows, start=1):
        texts = [" ".join(to_text(term, call) for term in row)]
        if any(isinstance(term, Literal) for term in row):
            plain = (quote(term.value) if isinstance(term, Literal) else to_text(term, call) for term in row)
            texts.append(" ".join(plain))
        batch += texts
        size += sum(map(len, texts))
        if number % _BATCH_ROWS == 0 or size > _BATCH_CHARACTERS:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch
