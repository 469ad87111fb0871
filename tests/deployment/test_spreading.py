"""A release travels as a directory, spread or saved; it is compared with its manifest before it is served."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from urllib.request import urlopen

import pytest
from proxying import find_tool
from serving import RELEASE_ID, running_server, wait_until, write_small_release

from mesmart_kg.catalog import CURRENT, Catalog
from mesmart_kg.errors import ReleaseDamaged, ReleaseNotFound
from mesmart_kg.release import MANIFEST, Release, verify

DEPLOYMENT = Path(__file__).resolve().parents[2] / "docs" / "deployment"
NEXT_ID = "2026-11-23-0123abcd"
MESMART = f"{sys.executable} -m mesmart_kg"


@pytest.fixture
def arrived(tmp_path: Path) -> Release:
    """A release as a copy left it somewhere: with what it had derived, and files of its own times."""
    release = write_small_release(tmp_path / "sender")
    (release.derived).mkdir()
    (release.derived / "labels.sqlite").write_text("not sound")
    return release


def test_what_is_whole_is_put_on_the_shelf_without_what_is_derived(arrived: Release, tmp_path: Path) -> None:
    catalog = Catalog(tmp_path / "shelf")
    received = catalog.receive(arrived.path)

    assert catalog.current().id == received.id == arrived.id
    assert received.path == catalog.directory / arrived.id
    assert verify(received) == []
    assert not received.derived.exists()
    assert (received.path / MANIFEST).read_bytes() == (arrived.path / MANIFEST).read_bytes()
    assert sorted(path.name for path in catalog.directory.iterdir()) == [arrived.id]


@pytest.mark.parametrize("harm", ["changed", "missing", "linked", "cut"])
def test_what_is_not_whole_is_refused_and_the_shelf_stays_as_it_is(
    arrived: Release, tmp_path: Path, harm: str
) -> None:
    dump = arrived.default_ntriples
    if harm == "changed":
        dump.write_bytes(dump.read_bytes()[:-1] + b"?")
    elif harm == "cut":
        dump.write_bytes(dump.read_bytes()[:100])
    elif harm == "missing":
        dump.unlink()
    else:
        shutil.move(dump, tmp_path / "elsewhere")
        dump.symlink_to(tmp_path / "elsewhere")
    catalog = Catalog(tmp_path / "shelf")
    with pytest.raises(ReleaseDamaged) as refused:
        catalog.receive(arrived.path)

    assert len(refused.value.problems) == 1
    assert "default.nt.gz" in refused.value.problems[0]
    assert list(catalog.directory.iterdir()) == []
    assert catalog.find_current() is None


def test_a_folder_without_manifest_is_no_release_yet(arrived: Release, tmp_path: Path) -> None:
    (arrived.path / MANIFEST).unlink()
    with pytest.raises(ReleaseNotFound):
        Catalog(tmp_path / "shelf").receive(arrived.path)


def test_a_manifest_that_names_files_outside_is_refused(arrived: Release, tmp_path: Path) -> None:
    for outside in ("../../../planted", "/planted"):
        manifest = (arrived.path / MANIFEST).read_text("utf-8")
        (tmp_path / "bad").mkdir(exist_ok=True)
        (tmp_path / "bad" / MANIFEST).write_text(manifest.replace("dumps/default.nt.gz", outside), "utf-8")
        with pytest.raises(ReleaseDamaged, match="outside"):
            Catalog(tmp_path / "shelf").receive(tmp_path / "bad")


def test_what_comes_twice_stays_and_what_is_spoilt_is_mended(arrived: Release, tmp_path: Path) -> None:
    catalog = Catalog(tmp_path / "shelf")
    first = catalog.receive(arrived.path)
    before = first.default_ntriples.stat().st_ino
    again = catalog.receive(arrived.path)
    assert again.default_ntriples.stat().st_ino == before

    first.default_ntriples.write_bytes(b"spoilt")
    assert verify(catalog.receive(arrived.path)) == []


def test_of_one_day_the_one_made_last_is_current_whichever_came_last(
    arrived: Release, tmp_path: Path
) -> None:
    """Times of change travel with the copy; the order in which releases arrive means nothing."""
    older = shutil.copytree(arrived.path, tmp_path / "older", ignore=shutil.ignore_patterns("derived"))
    manifest = older / MANIFEST
    other = RELEASE_ID[:-1] + "0"
    manifest.write_text(manifest.read_text("utf-8").replace(RELEASE_ID, other), "utf-8")
    made = (arrived.path / MANIFEST).stat().st_mtime_ns
    os.utime(manifest, ns=(made - 10**9, made - 10**9))
    catalog = Catalog(tmp_path / "shelf")
    catalog.receive(arrived.path)
    catalog.receive(older)

    assert [each.id for each in catalog.releases()] == [RELEASE_ID, other]


# --- the scripts, as they are given away ---


def run_script(name: str, *arguments: object, **variables: object) -> subprocess.CompletedProcess[str]:
    find_tool("rsync", "rsync")
    environ = {key: value for key, value in os.environ.items() if not key.startswith("MESMART_")}
    environ |= {"MESMART": MESMART} | {key: str(value) for key, value in variables.items()}
    command = ["sh", str(DEPLOYMENT / name), *map(str, arguments)]
    return subprocess.run(command, env=environ, capture_output=True, text=True, check=False, timeout=120)


@pytest.fixture
def releases(tmp_path: Path) -> tuple[Release, Release]:
    """An older release and a newer one, on the shelf of the machine that makes them."""
    before = write_small_release(tmp_path / "built")
    folder = shutil.copytree(before.path, before.path.parent / NEXT_ID)
    text = (folder / MANIFEST).read_text("utf-8")
    text = text.replace(RELEASE_ID, NEXT_ID).replace(RELEASE_ID[:10], NEXT_ID[:10])
    (folder / MANIFEST).write_text(text, "utf-8")
    return before, Catalog(before.path.parent).get(NEXT_ID)


@pytest.fixture
def reach(tmp_path: Path) -> Path:
    """Stands for ssh: a host is a folder here, in which the command runs as on the other machine."""
    script = tmp_path / "reach"
    script.write_text(
        f'#!/bin/sh\nhost=$1; shift; cd "{tmp_path}/$host" || exit 255\n'
        'MESMART_PATHS__RELEASES="$PWD/releases"; export MESMART_PATHS__RELEASES\nexec sh -c "$*"\n'
    )
    script.chmod(0o755)
    return script


@pytest.mark.slow
def test_a_release_spreads_to_servers_that_then_serve_it(
    releases: tuple[Release, Release], reach: Path, tmp_path: Path
) -> None:
    """Both servers hold the older release; the newer one comes while they serve, and they follow."""
    before, after = releases
    shelf = before.path.parent
    hosts = ("web1", "web2")
    for host in hosts:
        Catalog(tmp_path / host / "releases").receive(before.path)
    spread = [shelf, after.id, *hosts]
    settings = {"web__follow": 0.2, "engine__workers": 1}
    with (
        running_server(tmp_path / "web1" / "releases", **settings) as first,
        running_server(tmp_path / "web2" / "releases", **settings) as second,
    ):
        assert {_served(each.url) for each in (first, second)} == {before.id}
        done = run_script("spread.sh", *spread, RSH=reach, INCOMING="incoming")
        assert done.returncode == 0, done.stderr
        for server in (first, second):
            assert wait_until(lambda url=server.url: _served(url) == after.id, 60)


@pytest.mark.slow
def test_a_copy_that_was_spoilt_on_its_way_is_not_served(
    releases: tuple[Release, Release], reach: Path, tmp_path: Path
) -> None:
    """Nothing of a host changes whose copy is not whole; given again, the same command mends it."""
    before, after = releases
    shelf = tmp_path / "web1" / "releases"
    Catalog(shelf).receive(before.path)
    spoil = tmp_path / "spoil"
    report = tmp_path / "web1" / "incoming" / "next" / "report" / "validation.ttl"
    spoil.write_text(f'#!/bin/sh\ncase "$*" in *receive*) echo x >> "{report}";; esac\nexec "{reach}" "$@"\n')
    spoil.chmod(0o755)
    spread = [after.path.parent, after.id, "web1"]
    refused = run_script("spread.sh", *spread, RSH=spoil, INCOMING="incoming")

    assert refused.returncode != 0
    assert "validation.ttl" in refused.stdout + refused.stderr
    assert [each.id for each in Catalog(shelf).releases()] == [before.id]
    mended = run_script("spread.sh", *spread, RSH=reach, INCOMING="incoming")
    assert mended.returncode == 0, mended.stderr
    assert Catalog(shelf).current().id == after.id


@pytest.mark.slow
def test_a_host_that_is_away_ends_the_work_before_any_other_has_changed(
    releases: tuple[Release, Release], reach: Path, tmp_path: Path
) -> None:
    after = releases[1]
    (tmp_path / "web1").mkdir()
    spread = [after.path.parent, after.id, "web1", "away"]
    done = run_script("spread.sh", *spread, RSH=reach, INCOMING="incoming")

    assert done.returncode != 0
    assert not (tmp_path / "web1" / "releases").exists()


@pytest.mark.slow
def test_what_was_saved_comes_back_after_the_machine_is_lost(
    releases: tuple[Release, Release], tmp_path: Path
) -> None:
    before, after = releases
    shelf, inbox, config = tmp_path / "releases", tmp_path / "inbox", tmp_path / "mesmart.toml"
    for release in (before, after):
        Catalog(shelf).receive(release.path)
    Catalog(shelf).promote(before.id)
    (inbox / "waiting").mkdir(parents=True)
    (inbox / "waiting" / "1.json").write_text("{}\n{}\n")
    (shelf / ".building-x").mkdir()
    config.write_text("[web]\ntrusted_proxies = 1\n")
    save = [shelf, inbox, config, tmp_path / "saved"]
    for _ in range(2):
        done = run_script("backup.sh", *save)
        assert done.returncode == 0, done.stderr
    for lost in (shelf, inbox):
        shutil.rmtree(lost)
    done = run_script("restore.sh", tmp_path / "saved", shelf, inbox)

    assert done.returncode == 0, done.stderr
    assert [each.id for each in Catalog(shelf).releases()] == [after.id, before.id]
    assert Catalog(shelf).current().id == before.id
    assert (shelf / CURRENT).is_file()
    assert (inbox / "waiting" / "1.json").read_text() == "{}\n{}\n"
    assert (tmp_path / "saved" / "mesmart.toml").read_text() == config.read_text()
    assert not (tmp_path / "saved" / "releases" / ".building-x").exists()

    saved = tmp_path / "saved" / "releases" / after.id / "manifest.json"
    saved.write_text(saved.read_text().replace('"sha256": "', '"sha256": "0', 1))
    shutil.rmtree(shelf / after.id)
    assert run_script("backup.sh", *save).returncode != 0
    assert run_script("restore.sh", tmp_path / "saved", shelf, inbox).returncode != 0
    assert [each.id for each in Catalog(shelf).releases()] == [before.id]


def _served(url: str) -> str:
    with urlopen(f"{url}-/health", timeout=20) as response:
        return str(json.load(response)["release"])
