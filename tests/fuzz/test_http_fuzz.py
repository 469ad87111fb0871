"""No request, sound or not, and no text of a query brings out a 500, a hang, a path or a stack.

``MESMART_FUZZ_SEED`` repeats a run, ``MESMART_FUZZ_SECONDS`` makes it longer; ``python -m fuzz`` is the same
by hand.
"""

from __future__ import annotations

import hashlib
import os
import sys
from pathlib import Path

import pytest
from fuzz.campaign import campaign, describe
from fuzz.exchanges import make_case
from fuzz.targets import Surroundings

import mesmart_kg

SECONDS = 60


def seed_of_code() -> str:
    """Return a seed that differs with every change of the code: the same code is tried in the same way."""
    digest = hashlib.sha256()
    for path in sorted(Path(mesmart_kg.__file__).parent.rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:8]


@pytest.mark.slow
def test_nothing_that_a_stranger_sends_brings_it_down(capsys: pytest.CaptureFixture[str]) -> None:
    seed = os.environ.get("FUZZ_SEED") or seed_of_code()
    with capsys.disabled():
        sys.stdout.write(f"\nMESMART_FUZZ_SEED={seed}\n")

    with campaign(seed) as here:
        here.run(float(os.environ.get("FUZZ_SECONDS") or SECONDS))
    with capsys.disabled():
        sys.stdout.write(f"{here.summary}\n")

    assert not here.findings, describe(here.findings, seed)
    assert sum(here.statuses.values()) > 100


def test_a_case_is_made_of_its_seed_and_number_alone() -> None:
    surroundings = Surroundings(("SELECT * { ?s ?p ?o }",), "2026-11-22-0123abcd", "http://x/", "file:///x")

    assert [make_case("a", n, surroundings) for n in range(200)] == [
        make_case("a", n, surroundings) for n in range(200)
    ]
    assert make_case("a", 1, surroundings) != make_case("b", 1, surroundings)
