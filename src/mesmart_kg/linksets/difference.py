"""What taking in a set of links would change, against what is kept under the same name."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from mesmart_kg.linksets.checking import Examined
from mesmart_kg.linksets.model import Link
from mesmart_kg.namespaces import compact, expand
from mesmart_kg.store import NamedNode

_ACCEPTED = NamedNode(expand("dcterms:dateAccepted"))


@dataclass(frozen=True)
class Difference:
    """Links that come, go, or say another relation of the same two things: (before, after); all sorted.

    ``description`` are lines ``- …`` and ``+ …`` with the property and its value; the day of taking in is
    left out.
    """

    added: tuple[Link, ...]
    removed: tuple[Link, ...]
    changed: tuple[tuple[Link, Link], ...]
    description: tuple[str, ...]

    def __bool__(self) -> bool:
        return any((self.added, self.removed, self.changed, self.description))


def compare(before: Examined | None, after: Examined) -> Difference:
    """Return what is different; before there may have been nothing."""
    old = set(before.links) if before else set()
    new = set(after.links)
    gone = {(link.theirs, link.ours): link for link in old - new}
    come = {(link.theirs, link.ours): link for link in new - old}
    both = sorted(gone.keys() & come.keys())
    return Difference(
        tuple(sorted(link for pair, link in come.items() if pair not in gone)),
        tuple(sorted(link for pair, link in gone.items() if pair not in come)),
        tuple((gone[pair], come[pair]) for pair in both),
        tuple(_compare_lines(_to_lines(before), _to_lines(after))),
    )


def _to_lines(examined: Examined | None) -> set[str]:
    described = examined.description if examined else ()
    return {
        f"{compact(quad.predicate.value)} {_write(quad.object)}"
        for quad in described
        if quad.predicate != _ACCEPTED
    }


def _write(term: object) -> str:
    return compact(term.value) if isinstance(term, NamedNode) else str(term)


def _compare_lines(before: set[str], after: set[str]) -> Iterable[str]:
    yield from (f"- {line}" for line in sorted(before - after))
    yield from (f"+ {line}" for line in sorted(after - before))
