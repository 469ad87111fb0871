"""Each address takes as much as its setting says, and only so much at once."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mesmart_kg.config import Config, InboxSettings, WebSettings
from mesmart_kg.web.bodies import Bodies
from mesmart_kg.web.problems import BadRequest

CONFIG = Config(
    web=WebSettings(max_upload=2, reconcile_queries=10, lookups=10_000, uploads=2),
    inbox=InboxSettings(size=3000),
)


@pytest.mark.parametrize(
    ("path", "setting"),
    [
        ("/reconcile", "web.reconcile_queries"),
        ("/reconcile/match", "web.reconcile_queries"),
        ("/lookup", "web.lookups"),
        ("/link/table/result", "web.max_upload"),
        ("/inbox", "inbox.size"),
    ],
)
def test_address_has_room_as_its_setting_says(path: str, setting: str) -> None:
    room = Bodies(CONFIG).room(path)

    assert room is not None
    assert room.setting == setting
    refusal = room.refuse()
    assert isinstance(refusal, BadRequest)
    assert (refusal.status, refusal.kind) == (413, "body-too-large")
    assert refusal.values["setting"] == setting


@pytest.mark.parametrize("path", ["/", "/sparql", "/reconciled", "/link", "/link/tables", "/doc/inbox"])
def test_other_addresses_take_queries_only(path: str) -> None:
    assert Bodies(CONFIG).room(path) is None


def test_table_twice_as_large_as_allowed_is_allowed_where_the_setting_is() -> None:
    small, large = Bodies(CONFIG), Bodies(replace(CONFIG, web=replace(CONFIG.web, max_upload=4)))
    rooms = small.room("/link/table"), large.room("/link/table")

    assert rooms[0] is not None
    assert rooms[1] is not None
    assert rooms[0].most > 2 * 1024 * 1024
    assert rooms[1].most > 4 * 1024 * 1024


def test_no_more_large_bodies_at_once_than_may_be() -> None:
    bodies = Bodies(CONFIG)
    room = bodies.room("/inbox")
    assert room is not None

    with bodies.place(room, 1_000_000), bodies.place(room, None):
        with bodies.place(room, 500):
            pass  # a small one needs no place
        with pytest.raises(BadRequest) as refused, bodies.place(room, 1_000_000):
            pass
        assert (refused.value.status, refused.value.kind) == (503, "uploads")
    with bodies.place(room, 1_000_000), bodies.place(room, 1_000_000):
        pass  # the places were given back


def test_place_is_given_back_whatever_happens() -> None:
    bodies = Bodies(replace(CONFIG, web=replace(CONFIG.web, uploads=1)))
    room = bodies.room("/inbox")
    assert room is not None

    for _ in range(3):
        with pytest.raises(ZeroDivisionError), bodies.place(room, 1_000_000):
            raise ZeroDivisionError
