"""Older releases are opened when they are asked, shared, bounded in number, and closed again."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from serving import children_of, write_small_release

from mesmart_kg.catalog import Catalog
from mesmart_kg.engine import Engine
from mesmart_kg.engine.embedded import EmbeddedEngine
from mesmart_kg.errors import EngineBusy, EngineUnavailable, ReleaseDamaged, ReleaseNotFound
from mesmart_kg.release import MANIFEST, Release
from mesmart_kg.web.problems import BadRequest
from mesmart_kg.web.release_shelf import OpenRelease, ReleaseShelf

FIRST, SECOND, THIRD = "2026-01-01-00000001", "2026-02-01-00000002", "2026-03-01-00000003"
BROKEN, NO_MANIFEST = "2025-01-01-0000000b", "2025-01-02-0000000c"
COUNT = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"


def open_engine(release: Release) -> Engine:
    return EmbeddedEngine(release.id, release.path, workers=1)


class Shelf:
    """A catalog of releases, and what was opened of them, in order."""

    def __init__(self, catalog: Catalog, current: OpenRelease) -> None:
        self.catalog = catalog
        self.current = current
        self.opened: list[str] = []

    def open_engine(self, release: Release) -> Engine:
        self.opened.append(release.id)
        return open_engine(release)

    @asynccontextmanager
    async def make(self, most: int, idle: float = 60, stay: float = 0) -> AsyncIterator[ReleaseShelf]:
        """Yield a shelf that opens so many; every process it started must have ended at the end."""
        self.opened.clear()
        before = set(children())
        shelf = ReleaseShelf(
            self.catalog, self.current, self.open_engine, most, idle_seconds=idle, stay_seconds=stay
        )
        try:
            yield shelf
        finally:
            await shelf.close()
        assert set(children()) == before


def children() -> list[int]:
    return children_of(os.getpid())


@pytest.fixture(scope="module")
def releases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shelf]:
    """Three old releases, a broken one, one whose manifest is, and the current one with its engine."""
    folder = tmp_path_factory.mktemp("old-releases")
    current = write_small_release(folder)
    for name in (FIRST, SECOND, THIRD, BROKEN, NO_MANIFEST):
        copy_release(current.path, folder / name)
    (folder / BROKEN / "dumps" / "default.nt.gz").write_bytes(b"not packed at all")
    (folder / NO_MANIFEST / MANIFEST).write_text("{")
    engine = open_engine(current)
    yield Shelf(Catalog(folder), OpenRelease(current, engine))
    engine.close()


def copy_release(source: Path, place: Path) -> None:
    shutil.copytree(source, place)
    document = json.loads((place / MANIFEST).read_text())
    (place / MANIFEST).write_text(json.dumps(document | {"id": place.name}))


async def count(engine: Engine) -> int:
    rows = (await asyncio.to_thread(engine.select, COUNT)).rows
    return int(rows[0]["n"].value)


def test_the_current_release_is_lent_without_opening_anything(releases: Shelf) -> None:
    async def go() -> None:
        async with releases.make(most=0) as shelf:
            for name in (None, releases.current.release.id):
                with await shelf.lease(name) as lease:
                    assert lease.engine is releases.current.engine
                    assert lease.release is releases.current.release
        assert await count(releases.current.engine)  # the shelf did not close what is not its own

    asyncio.run(go())
    assert releases.opened == []


def test_all_who_ask_an_older_release_share_one_opening(releases: Shelf) -> None:
    async def go() -> None:
        async with releases.make(most=1) as shelf:
            leases = await asyncio.gather(*(shelf.lease(FIRST) for _ in range(5)))
            assert {lease.engine for lease in leases} == {leases[0].engine}
            assert leases[0].release.id == leases[0].engine.release_id == FIRST
            assert await count(leases[0].engine)
            for lease in leases:
                lease.close()
                lease.close()
            with await shelf.lease(FIRST) as lease:  # still open: nobody asked for another
                assert lease.engine is leases[0].engine

    asyncio.run(go())
    assert releases.opened == [FIRST]


def test_the_release_unused_for_the_longest_makes_room(releases: Shelf) -> None:
    async def go() -> None:
        async with releases.make(most=2) as shelf:
            for name in (FIRST, SECOND, FIRST):
                (await shelf.lease(name)).close()
            (await shelf.lease(THIRD)).close()
            (await shelf.lease(FIRST)).close()
            assert releases.opened == [FIRST, SECOND, THIRD]
            (await shelf.lease(SECOND)).close()

    asyncio.run(go())
    assert releases.opened == [FIRST, SECOND, THIRD, SECOND]


def test_what_is_in_use_or_was_opened_a_moment_ago_stays(releases: Shelf) -> None:
    async def go() -> None:
        async with releases.make(most=1) as shelf:
            with await shelf.lease(FIRST) as lease:
                with pytest.raises(EngineBusy):
                    await shelf.lease(SECOND)
                assert await count(lease.engine)
            (await shelf.lease(SECOND)).close()
        async with releases.make(most=1, stay=60) as shelf:
            (await shelf.lease(FIRST)).close()
            with pytest.raises(EngineBusy):
                await shelf.lease(SECOND)

    asyncio.run(go())
    assert releases.opened == [FIRST]


def test_a_release_that_nobody_asks_is_closed(releases: Shelf) -> None:
    async def go() -> None:
        async with releases.make(most=1, idle=0.05) as shelf:
            before = len(children())
            with await shelf.lease(FIRST):
                await asyncio.sleep(0.2)
                assert len(children()) > before  # in use: its time does not run
            for _ in range(100):
                if len(children()) == before:
                    break
                await asyncio.sleep(0.05)
            assert len(children()) == before

    asyncio.run(go())


def test_who_goes_away_while_a_release_is_opened_leaves_it_to_the_others(releases: Shelf) -> None:
    async def go() -> None:
        async with releases.make(most=1) as shelf:
            first, second = (asyncio.create_task(shelf.lease(FIRST)) for _ in range(2))
            await asyncio.sleep(0.05)
            first.cancel()
            with await second as lease:
                assert await count(lease.engine)
            alone = asyncio.create_task(shelf.lease(FIRST))
            alone.cancel()
            with pytest.raises(asyncio.CancelledError):
                await alone
        async with releases.make(most=1, idle=0.05) as shelf:
            alone = asyncio.create_task(shelf.lease(SECOND))
            while not releases.opened:
                await asyncio.sleep(0.01)
            alone.cancel()
            # Nobody has it, so that another may take its place as soon as it is open.
            for _ in range(100):
                try:
                    (await shelf.lease(THIRD)).close()
                except EngineBusy:
                    await asyncio.sleep(0.05)
                else:
                    break
            assert releases.opened == [SECOND, THIRD]

    asyncio.run(go())


def test_unknown_and_damaged_releases_are_told_apart_and_take_no_place(releases: Shelf) -> None:
    async def go() -> None:
        async with releases.make(most=1) as shelf:
            for name in ("2020-01-01-01234567", "../secrets", "", "preview-01234567", "x" * 10_000):
                with pytest.raises(ReleaseNotFound):
                    await shelf.lease(name)
            with pytest.raises(ReleaseDamaged):
                await shelf.lease(NO_MANIFEST)
            assert releases.opened == []
            outcomes = await asyncio.gather(*(shelf.lease(BROKEN) for _ in range(2)), return_exceptions=True)
            assert [type(outcome) for outcome in outcomes] == [ReleaseDamaged, ReleaseDamaged]
            (await shelf.lease(FIRST)).close()

    asyncio.run(go())
    assert releases.opened == [BROKEN, FIRST]


def test_a_shelf_may_open_none_and_after_its_end_it_opens_none(releases: Shelf) -> None:
    async def go() -> None:
        async with releases.make(most=0) as shelf:
            with pytest.raises(BadRequest) as refused:
                await shelf.lease(FIRST)
            assert refused.value.status == 403
        with pytest.raises(EngineUnavailable):
            await shelf.lease(FIRST)

    asyncio.run(go())
    assert releases.opened == []
