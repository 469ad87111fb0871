"""What steps have made: found again by what they read, never half written, never more than the limit."""

from __future__ import annotations

import os
import pickle
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import IO

import pytest

from mesmart_kg.work_cache import WorkCache, code_digest, make_key


def test_a_key_tells_how_its_parts_are_divided() -> None:
    assert make_key("ab", "c") != make_key("a", "bc") != make_key("abc")
    assert make_key("ab", b"c") == make_key(b"ab", "c")
    assert len(make_key()) == 64


def test_what_was_kept_is_found_again(tmp_path: Path) -> None:
    key = make_key("step", "input")
    with WorkCache.open(tmp_path / "work") as cache:
        assert cache.find(key) is None
        assert cache.keep(key, b"made").read_bytes() == b"made"
    with WorkCache.open(tmp_path / "work") as again:
        found = again.find(key)
        assert found is not None
        assert found.read_bytes() == b"made"
        assert again.keep(key, b"other").read_bytes() == b"made"


def test_a_write_that_fails_leaves_nothing(tmp_path: Path) -> None:
    def write(file: IO[bytes]) -> None:
        file.write(b"half")
        raise ValueError("no")

    cache = WorkCache.open(tmp_path)
    with pytest.raises(ValueError, match="no"):
        cache.keep(make_key("x"), write)
    assert cache.find(make_key("x")) is None
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_without_a_folder_it_lasts_until_it_is_closed() -> None:
    with WorkCache.open(None) as cache:
        path = cache.keep(make_key("x"), b"made")
        assert path.is_file()
    assert not path.exists()
    assert not cache.folder.exists()


def test_the_longest_unused_goes_first_when_there_is_too_much(tmp_path: Path) -> None:
    cache = WorkCache.open(tmp_path, limit=250)
    keys = [make_key(str(number)) for number in range(3)]
    for age, key in zip((30, 20, 10), keys, strict=True):
        path = cache.keep(key, b"x" * 100)
        os.utime(path, (path.stat().st_mtime - age,) * 2)
    assert cache.find(keys[0])  # used now: the oldest is the second
    cache.close()
    assert [cache.find(key) is not None for key in keys] == [True, False, True]


def test_what_another_run_may_use_stays_until_that_ends_too(tmp_path: Path) -> None:
    """A build that ended threw away what a longer one had just been promised."""
    key = make_key("x")
    long, short = WorkCache.open(tmp_path, limit=50), WorkCache.open(tmp_path, limit=50)
    path = long.keep(key, b"x" * 100)

    short.close()
    assert path.is_file()
    pickle.loads(pickle.dumps(long)).close()  # a helper's copy ends no run
    assert path.is_file()
    long.close()
    assert not path.exists()
    long.close()


def test_what_a_killed_run_was_writing_is_swept(tmp_path: Path) -> None:
    with WorkCache.open(tmp_path) as cache:
        kept = cache.keep(make_key("x"), b"made")
        (kept.parent / ".draft-0").write_bytes(b"half")
    assert [path for path in tmp_path.glob("*/*") if path.is_file()] == [kept]


def test_several_processes_keep_the_same_file_once(tmp_path: Path) -> None:
    cache = pickle.loads(pickle.dumps(WorkCache.open(tmp_path)))
    with ProcessPoolExecutor(2, mp_context=get_context("forkserver")) as work:
        paths = set(work.map(cache.keep, [make_key("x")] * 8, [b"made"] * 8))
    assert [path.read_bytes() for path in paths] == [b"made"]
    assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == 1


def test_the_digest_of_code_is_that_of_the_rooms_named() -> None:
    assert code_digest("facts") == code_digest("facts") != code_digest("facts", "store")
    with pytest.raises(FileNotFoundError):
        code_digest("nowhere")
