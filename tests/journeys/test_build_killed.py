"""A build that is killed, at any step, leaves no half release; the next build works and tidies up."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from town import copy_town

from mesmart_kg.build import STEPS, build, find_up_to_date
from mesmart_kg.catalog import Catalog
from mesmart_kg.release import verify

TESTS = Path(__file__).parent.parent

# Kills itself when the given step begins; for "rename", when all is written and has only to be put in place.
SCRIPT = """
import os, pathlib, signal, sys
from town import configure_town
from mesmart_kg.build import build

moment = sys.argv[2]
def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)
if moment == "rename":
    pathlib.Path.rename = die
def progress(step, done, total):
    if step == moment and (done > 3 if moment == "dumps" else done == 0):
        die()
build(configure_town(pathlib.Path(sys.argv[1])), progress=progress)
"""


@pytest.mark.parametrize("moment", [*(step for step in STEPS if step != "derived"), "rename"])
def test_a_killed_build_leaves_the_shelf_usable(tmp_path: Path, moment: str) -> None:
    config = copy_town(tmp_path)
    before = build(config)
    facts = config.paths.data / "facts" / "rumour.ttl"
    facts.write_text(facts.read_text("utf-8") + "\n<id/city/gr-atene> a cc:City .\n", "utf-8")
    path = os.pathsep.join([str(TESTS), *filter(None, sys.path)])

    killed = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(tmp_path), moment],
        env={**os.environ, "PYTHONPATH": path},
        timeout=120,
        check=False,
    )

    assert killed.returncode == -signal.SIGKILL
    catalog = Catalog(config.paths.releases)
    assert catalog.releases() == [before]
    assert catalog.current() == before
    assert verify(before) == []
    assert list(config.paths.releases.glob(".building-*")), "it was killed in the middle of its work"

    after = build(config)

    assert after.id != before.id
    assert verify(after) == []
    assert {path.name for path in config.paths.releases.iterdir()} == {before.id, after.id}


def test_a_build_killed_when_the_release_is_on_the_shelf_has_made_it(tmp_path: Path) -> None:
    config = copy_town(tmp_path)
    path = os.pathsep.join([str(TESTS), *filter(None, sys.path)])

    subprocess.run(
        [sys.executable, "-c", SCRIPT, str(tmp_path), "derived"],
        env={**os.environ, "PYTHONPATH": path},
        timeout=120,
        check=False,
    )

    release = Catalog(config.paths.releases).current()
    assert verify(release) == []
    assert find_up_to_date(config) == release
