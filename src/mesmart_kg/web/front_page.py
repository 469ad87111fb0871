"""What the home page says of the data: the first city, members on a map, growth, what happened last.

Each part may be missing, where the release has no such data or the engine can't say now: the page is of use
without it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias, TypeVar

from mesmart_kg.errors import EngineUnavailable, QueryError
from mesmart_kg.labels import Reference
from mesmart_kg.overview import Belongings, Growth, Happening, Members
from mesmart_kg.web import panoramas
from mesmart_kg.web.panoramas import Spot

RECENT: Final = 6
"""How many events the page shows."""

Cell: TypeAlias = "str | int | Reference | None"
T = TypeVar("T")


@dataclass(frozen=True)
class FrontPage:
    """The parts of the page, with the names of all things in them.

    ``growth_rows`` are date, published total, named members until then, who says so, how exactly; each has
    one of the two numbers. ``named`` is how many cities of that community any source names, with a date or
    without. Not ``is_whole`` when the engine could not say something that it may say soon.
    """

    belongings: Belongings | None
    members: Members
    spots: tuple[Spot, ...]
    growth: Growth | None
    growth_rows: tuple[tuple[Cell, ...], ...]
    named: int
    recent: tuple[Happening, ...]
    names: Mapping[str, Reference]
    is_whole: bool


def read_front_page() -> FrontPage:
    """Read all parts for the present reader; none of them raises."""
    faults: list[Exception] = []
    belongings = _try(panoramas.belongings, faults)
    growth = _try(panoramas.growth, faults)
    members = _try(panoramas.members, faults) or Members()
    events = _try(panoramas.events, faults)
    recent = events.happenings[:RECENT] if events else ()
    iris = members.iris.union(*(each.iris for each in (belongings, growth, *recent) if each))
    names = panoramas.name_all(iris)
    return FrontPage(
        belongings,
        members,
        panoramas.to_spots(members.towns, names, belongings.city if belongings else ""),
        growth if growth and not growth.is_empty else None,
        tuple(_to_rows(growth, names)) if growth else (),
        sum(1 for town in members.towns if growth and town.is_member_of(growth.community)),
        recent,
        names,
        not faults,
    )


def _try(read: Callable[[], T], faults: list[Exception]) -> T | None:
    try:
        return read()
    except (QueryError, EngineUnavailable) as error:
        faults.append(error)
        return None


def _to_rows(growth: Growth, names: Mapping[str, Reference]) -> Iterable[tuple[Cell, ...]]:
    rows: list[tuple[Cell, ...]] = [
        (total.period, total.value, None, names[total.source], total.precision) for total in growth.totals
    ]
    rows += [(wave.date, None, wave.cumulative, names[wave.event], None) for wave in growth.waves]
    return sorted(rows, key=lambda row: str(row[0]))
