"""Maps without script: the window fits its points, and outlines and points stand in the same degrees."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

import mesmart_kg.web
from mesmart_kg.web.locating import COARSE_FROM, NARROWEST, OVERLAP, RATIO, SQUARE, Frame, frame


@dataclass(frozen=True)
class Town:
    longitude: float | None
    latitude: float | None


MESSINA, GENT, BRISBANE, NOWHERE = (
    Town(15.55, 38.19),
    Town(3.72, 51.05),
    Town(153.02, -27.47),
    Town(None, None),
)


def draw(*towns: Town, share: float = 1.0) -> Frame:
    drawn = frame(towns, share)
    assert drawn is not None
    return drawn


def test_without_a_place_there_is_no_map() -> None:
    assert frame([]) is None
    assert frame([NOWHERE]) is None


def test_one_point_stands_in_the_middle_of_its_surroundings() -> None:
    drawn = draw(MESSINA)
    (dot,) = drawn.dots

    assert drawn.height == pytest.approx(NARROWEST)
    assert dot.x == pytest.approx(drawn.x + drawn.width / 2, abs=0.01)
    assert dot.y == pytest.approx(drawn.y + drawn.height / 2, abs=0.01)


@pytest.mark.parametrize(
    "towns", [(MESSINA,), (MESSINA, GENT), (MESSINA, BRISBANE), (Town(179.9, 84), Town(-179.9, -62))]
)
def test_all_points_are_inside_and_the_sides_keep_their_ratio(towns: tuple[Town, ...]) -> None:
    drawn = draw(*towns)

    assert [dot.point for dot in drawn.dots] == list(towns)
    assert drawn.outside == ()
    assert all(drawn.x <= dot.x <= drawn.x + drawn.width for dot in drawn.dots)
    assert all(drawn.y <= dot.y <= drawn.y + drawn.height for dot in drawn.dots)
    assert drawn.width / drawn.height >= RATIO * 0.99


def test_those_far_away_are_named_and_not_shown_where_the_rest_would_be_a_blot() -> None:
    drawn = draw(MESSINA, GENT, MESSINA, BRISBANE, NOWHERE, share=0.7)

    assert drawn.outside == (BRISBANE, NOWHERE)
    assert drawn.width < COARSE_FROM


def test_the_window_is_covered_by_its_outlines() -> None:
    drawn = draw(MESSINA, GENT)

    assert "outlines/0_30.svg" in {outline.name for outline in drawn.outlines}
    assert min(outline.x for outline in drawn.outlines) <= drawn.x
    assert max(outline.x + outline.width for outline in drawn.outlines) >= drawn.x + drawn.width
    assert min(outline.y for outline in drawn.outlines) <= drawn.y
    assert max(outline.y + outline.height for outline in drawn.outlines) >= drawn.y + drawn.height


def test_a_wide_window_takes_one_coarse_picture() -> None:
    assert [outline.name for outline in draw(MESSINA, BRISBANE).outlines] == ["outlines/world.svg"]


def test_squares_are_as_the_assets_are_made() -> None:
    script = (Path(mesmart_kg.web.__file__).parent / "client" / "outlines.mjs").read_text("utf-8")

    assert f"const SQUARE = {SQUARE};" in script
    assert f"const OVERLAP = {OVERLAP};" in script
