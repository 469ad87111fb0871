"""A store on disk: made once, shared, known to be whole, and made anew where it is not."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from serving import NUMBERED, children_of, wait_until

from mesmart_kg import formats
from mesmart_kg.engine import storage
from mesmart_kg.engine.disk import (
    STORE,
    check_store,
    find_store,
    make_store,
    make_store_apart,
    spoil,
)
from mesmart_kg.engine.embedded import EmbeddedEngine
from mesmart_kg.engine.storage import choose_storage, machine_memory, to_bytes
from mesmart_kg.errors import EngineUnavailable, ReleaseDamaged
from mesmart_kg.release import MANIFEST, Release, verify

from .conftest import LIMITS

METADATA = "https://w3id.org/city-communities/graph/metadata"
COUNT = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"


@pytest.fixture(scope="module")
def made(small_release: Release, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the release with its store, which nobody changes."""
    folder = tmp_path_factory.mktemp("made") / small_release.id
    without_derived = shutil.ignore_patterns(STORE.parent.name)  # of which others may have made their part
    shutil.copytree(small_release.path, folder, ignore=without_derived)
    make_store_apart(folder, METADATA, folder / STORE)
    return folder


@pytest.fixture
def copied(made: Path, tmp_path: Path) -> Path:
    """A copy with its store, to be spoiled."""
    shutil.copytree(made, tmp_path / made.name)
    return tmp_path / made.name


def tables_of(directory: Path) -> list[Path]:
    return sorted((directory / STORE).glob("*.sst"), key=lambda path: path.stat().st_size)


def test_a_store_is_found_with_the_number_of_its_statements(made: Path) -> None:
    found = find_store(made)

    assert found is not None
    assert found.folder == made / STORE
    assert found.triples == NUMBERED + 11
    assert found.statements == 2 * (NUMBERED + 11) + 1 + 2  # one fact has two sources; two are metadata


def test_a_store_is_no_part_of_the_release_and_copied_with_it(copied: Path) -> None:
    from mesmart_kg.release import open_release

    assert verify(open_release(copied)) == []
    assert find_store(copied) is not None
    assert check_store(copied) == []


def test_nothing_in_a_store_names_a_folder_of_this_machine(made: Path) -> None:
    for path in (made / STORE).iterdir():
        assert str(made.parent).encode() not in path.read_bytes(), path.name


@pytest.mark.parametrize("harm", ["cut", "gone", "spoiled", "no note", "foreign", "other version"])
def test_a_store_that_is_not_whole_or_not_of_these_files_is_none(copied: Path, harm: str) -> None:
    note = copied / STORE / "mesmart.json"
    if harm == "cut":
        os.truncate(tables_of(copied)[-1], 100)
    elif harm == "gone":
        tables_of(copied)[-1].unlink()
    elif harm == "spoiled":
        spoil(copied / STORE)
    elif harm == "no note":
        note.write_text("[]", "utf-8")
    elif harm == "foreign":
        (copied / "metadata/dataset.ttl").write_text("<urn:a> <urn:b> <urn:c> .\n", "utf-8")
        (copied / MANIFEST).unlink()
    else:
        note.write_text(note.read_text("utf-8").replace('"oxigraph": "', '"oxigraph": "9'), "utf-8")

    assert find_store(copied) is None
    assert check_store(copied) == [STORE.as_posix()]


def test_a_store_is_made_again_in_the_place_of_a_spoiled_one_and_of_what_a_killed_maker_left(
    copied: Path,
) -> None:
    tables_of(copied)[-1].unlink()
    (copied / "derived" / ".store-left").mkdir()

    make_store_apart(copied, METADATA, copied / STORE)

    assert find_store(copied) is not None
    assert [path.name for path in (copied / "derived").iterdir()] == [STORE.name]


def test_a_store_that_is_there_is_left_as_it_is(made: Path) -> None:
    before = (made / STORE).stat().st_ino

    assert make_store(made, METADATA) == find_store(made)
    assert (made / STORE).stat().st_ino == before


def test_a_change_within_a_file_is_seen_by_who_reads_it_all(copied: Path) -> None:
    table = tables_of(copied)[-1]
    content = bytearray(table.read_bytes())
    content[100] ^= 255
    table.write_bytes(content)

    assert find_store(copied) is not None
    assert check_store(copied) == [f"{STORE.as_posix()}/{table.name}"]


def test_files_that_can_not_be_read_make_no_store_and_leave_nothing(copied: Path) -> None:
    shutil.rmtree(copied / STORE)
    (copied / "dumps/dataset.nq.gz").write_bytes(b"no gzip")

    with pytest.raises(ReleaseDamaged, match="can't be loaded"):
        make_store_apart(copied, METADATA, copied / STORE)
    assert list((copied / "derived").iterdir()) == []


def test_a_maker_is_ended_when_nobody_wants_the_store_any_more(copied: Path) -> None:
    shutil.rmtree(copied / STORE)
    (copied / "dumps/dataset.nq.gz").unlink()
    os.mkfifo(copied / "dumps/dataset.nq.gz")  # it waits for a writer who never comes
    (copied / MANIFEST).unlink()

    with pytest.raises(EngineUnavailable, match="could not be made"):
        make_store_apart(copied, METADATA, copied / STORE, lambda: True)


@pytest.fixture
def engine(copied: Path) -> Iterator[EmbeddedEngine]:
    opened = EmbeddedEngine(copied.name, copied, workers=2, limits=LIMITS, storage="disk")
    yield opened
    opened.close()


def test_the_keeper_loads_nothing_and_each_worker_opens_the_store(
    engine: EmbeddedEngine, copied: Path
) -> None:
    assert engine.ask("ASK {}")
    workers = children_of(engine.process_id)

    def tables(process: int) -> set[Path]:
        links = [path.readlink() for path in Path(f"/proc/{process}/fd").iterdir()]
        return {link for link in links if link.suffix == ".sst"}

    assert len(workers) == 2
    assert wait_until(lambda: all(tables(worker) for worker in workers))
    assert all(tables(worker) <= set(tables_of(copied)) for worker in workers)
    assert tables(engine.process_id) == set()
    assert len(list(Path(f"/proc/{engine.process_id}/task").iterdir())) == 1


def test_a_worker_on_disk_has_no_room_for_more_than_the_tables_it_has_yet_to_open(
    engine: EmbeddedEngine, copied: Path
) -> None:
    def has_shut_itself_in(worker: int) -> bool:
        limits = Path(f"/proc/{worker}/limits").read_text().splitlines()
        most = next(int(line.split()[3]) for line in limits if line.startswith("Max open files"))
        opened = {int(path.name): path.readlink().name for path in Path(f"/proc/{worker}/fd").iterdir()}
        unopened = {path.name for path in tables_of(copied)} - set(opened.values())
        return len(set(range(most)) - set(opened)) == len(unopened)

    workers = children_of(engine.process_id)
    assert len(workers) == 2
    assert wait_until(lambda: all(has_shut_itself_in(worker) for worker in workers))


def test_a_store_that_turns_out_spoiled_is_made_anew_by_itself(made: Path, tmp_path: Path) -> None:
    folder = tmp_path / made.name
    shutil.copytree(made, folder)
    for table in tables_of(folder):
        content = table.read_bytes()
        table.write_bytes(b"\xff" * len(content))  # the sizes are as they were
    news: list[str] = []
    engine = EmbeddedEngine(made.name, folder, workers=1, limits=LIMITS, tell=news.append, storage="disk")
    try:
        assert engine.status().triples == NUMBERED + 11
        assert engine.ask("ASK { ?s ?p ?o }")
    finally:
        engine.close()

    assert any("made anew" in each for each in news)
    assert check_store(folder) == []


def test_a_block_that_can_not_be_read_fails_that_query_and_is_mended(
    copied: Path,
) -> None:
    engine = EmbeddedEngine(copied.name, copied, workers=1, limits=LIMITS, storage="disk")
    try:
        assert engine.ask("ASK {}")
        told = spoil_and_ask(engine, copied)
        assert wait_until(lambda: _count(engine) == str(NUMBERED + 11))
    finally:
        engine.close()

    assert "written there anew" in told
    assert str(copied) not in told
    assert check_store(copied) == []


def spoil_and_ask(engine: EmbeddedEngine, copied: Path) -> str:
    """Overwrite a part of all tables, which are open; return what a query for everything is told."""
    for table in tables_of(copied):
        with table.open("r+b") as file:
            file.write(b"\xff" * min(64, table.stat().st_size // 2))
    try:
        list(engine.answer("SELECT * { ?s ?p ?o }", formats.RESULTS_CSV))
    except EngineUnavailable as error:
        return str(error)
    return "all went well"


def _count(engine: EmbeddedEngine) -> str:
    try:
        (row,) = engine.select(COUNT).rows
    except EngineUnavailable:
        return ""
    return str(getattr(row["n"], "value", ""))


def test_a_store_lies_elsewhere_where_the_release_can_not_be_written_to(
    copied: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    shutil.rmtree(copied / "derived")
    (copied / "derived").write_text("no folder", "utf-8")  # root may write to whatever it likes
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    engine = EmbeddedEngine(copied.name, copied, workers=1, limits=LIMITS, storage="disk")
    try:
        assert _count(engine) == str(NUMBERED + 11)
        assert list(tmp_path.glob("mesmart-store-*/store"))
    finally:
        engine.close()
    assert not list(tmp_path.glob("mesmart-store-*"))


def test_storage_is_memory_where_it_fits_with_all_that_workers_copy() -> None:
    needed = to_bytes(2_000_000, workers=4)

    assert needed == 2_000_000 * 340 * 3.8
    assert choose_storage("auto", 2_000_000, 4, needed) == "memory"
    assert choose_storage("auto", 2_000_000, 4, needed - 1) == "disk"
    assert choose_storage("auto", 2_000_000, 5, needed) == "disk"
    assert choose_storage("memory", 2_000_000, 4, 0) == "memory"
    assert choose_storage("disk", 1, 1, needed) == "disk"


def test_the_memory_of_a_control_group_counts_as_the_machines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = machine_memory()
    (tmp_path / "memory.max").write_text("1048576\n", "ascii")
    monkeypatch.setattr(storage, "_GROUPS", tmp_path)

    assert whole > 0
    assert machine_memory() in {1048576, whole}  # the latter where there are no such groups
