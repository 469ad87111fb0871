"""A release is whole or it is not there, and says when it was touched."""

from __future__ import annotations

import gzip
import http.server
import json
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from mesmart_kg.errors import EngineUnavailable, ReleaseDamaged, ReleaseNotFound
from mesmart_kg.release import (
    MANIFEST,
    FileEntry,
    Manifest,
    Problem,
    Release,
    Workshop,
    compare_endpoint,
    list_files,
    make_id,
    open_release,
    sweep,
    verify,
)

DIGEST = "0123abcd" + "0" * 56
TRIPLES = b'<a:s> <a:p> "1" .\n<a:s> <a:p> "2" .\n'


def write(shelf: Path, text: str = "hello") -> Release:
    """Write a release of two files."""
    with Workshop(shelf) as workshop:
        dumps = workshop.path / "dumps"
        dumps.mkdir()
        (dumps / "default.nt.gz").write_bytes(gzip.compress(TRIPLES, mtime=0))
        (workshop.path / "note.txt").write_text(text)
        manifest = Manifest(
            id=make_id(date(2026, 5, 3), DIGEST),
            day=date(2026, 5, 3),
            digest=DIGEST,
            inputs_digest="0" * 64,
            dataset_sha256="0" * 64,
            default_sha256="0" * 64,
            makers={"mesmart_kg": "0"},
            inputs={"data/a.ttl": "0"},
            figures={"triples": 2},
            files=list_files(workshop.path),
        )
        return workshop.finish(manifest)


def test_a_finished_release_is_opened_again_as_it_was(tmp_path: Path) -> None:
    release = write(tmp_path)

    assert release.path.name == "2026-05-03-0123abcd"
    assert open_release(release.path) == release
    assert verify(release) == []
    assert [path.name for path in tmp_path.iterdir()] == [release.id]


def test_others_may_read_a_release(tmp_path: Path) -> None:
    assert write(tmp_path).path.stat().st_mode & 0o055 == 0o055


@pytest.mark.parametrize("name", ["note.txt", "dumps/default.nt.gz"])
def test_one_changed_byte_is_found(tmp_path: Path, name: str) -> None:
    release = write(tmp_path)
    content = bytearray((release.path / name).read_bytes())
    content[-1] ^= 1
    (release.path / name).write_bytes(content)

    assert verify(release) == [Problem(name, "changed")]


def test_a_missing_and_an_extra_file_are_found(tmp_path: Path) -> None:
    release = write(tmp_path)
    (release.path / "note.txt").unlink()
    (release.path / "dumps" / "more.txt").touch()

    assert verify(release) == [Problem("dumps/more.txt", "extra"), Problem("note.txt", "missing")]


def test_a_link_to_a_file_elsewhere_is_no_file_of_the_release(tmp_path: Path) -> None:
    release = write(tmp_path)
    shutil.move(release.path / "note.txt", tmp_path / "elsewhere")
    (release.path / "note.txt").symlink_to(tmp_path / "elsewhere")

    assert verify(release) == [Problem("note.txt", "changed")]


def test_what_is_derived_is_not_checked(tmp_path: Path) -> None:
    release = write(tmp_path)
    release.derived.mkdir()
    (release.derived / "labels.sqlite").touch()

    assert verify(release) == []


def test_a_directory_without_a_manifest_is_no_release(tmp_path: Path) -> None:
    (tmp_path / "2026-05-03-0123abcd").mkdir()

    with pytest.raises(ReleaseNotFound):
        open_release(tmp_path / "2026-05-03-0123abcd")
    with pytest.raises(ReleaseNotFound):
        open_release(tmp_path / "2026-05-03-ffffffff")


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": 99}'])
def test_a_manifest_that_makes_no_sense_is_damage(tmp_path: Path, text: str) -> None:
    release = write(tmp_path)
    (release.path / MANIFEST).write_text(text)

    with pytest.raises(ReleaseDamaged):
        open_release(release.path)


def test_a_release_under_the_name_of_another_is_damage(tmp_path: Path) -> None:
    release = write(tmp_path)
    moved = release.path.rename(tmp_path / "2026-05-03-ffffffff")

    with pytest.raises(ReleaseDamaged, match=release.id):
        open_release(moved)


def test_writing_the_same_release_again_leaves_the_first_untouched(tmp_path: Path) -> None:
    first = write(tmp_path)
    before = (first.path / "note.txt").stat().st_ino

    again = write(tmp_path)

    assert again == first
    assert (again.path / "note.txt").stat().st_ino == before


def test_a_damaged_release_is_mended_by_writing_it_again(tmp_path: Path) -> None:
    first = write(tmp_path)
    (first.path / "note.txt").write_text("tampered")

    assert verify(write(tmp_path)) == []
    assert [path.name for path in tmp_path.iterdir()] == [first.id]


def test_the_same_id_with_other_files_takes_the_place_of_the_old_one(tmp_path: Path) -> None:
    write(tmp_path, "old")

    release = write(tmp_path, "new")

    assert (release.path / "note.txt").read_text() == "new"
    assert verify(open_release(release.path)) == []
    assert [path.name for path in tmp_path.iterdir()] == [release.id]


def test_work_that_is_given_up_leaves_nothing(tmp_path: Path) -> None:
    with Workshop(tmp_path) as workshop:
        (workshop.path / "half").touch()

    assert list(tmp_path.iterdir()) == []


def test_what_a_dead_build_left_is_swept_and_a_living_one_keeps_its_place(tmp_path: Path) -> None:
    dead = tmp_path / ".building-dead"
    dead.mkdir()
    (dead / "half").touch()

    with Workshop(tmp_path) as living:
        assert not dead.exists()
        sweep(tmp_path)
        assert living.path.is_dir()


def test_a_release_that_was_moved_aside_when_the_build_died_comes_back(tmp_path: Path) -> None:
    release = write(tmp_path)
    release.path.rename(tmp_path / f".replaced-{release.id}")

    sweep(tmp_path)

    assert verify(open_release(release.path)) == []


def test_the_manifest_holds_no_other_time_than_the_day(tmp_path: Path) -> None:
    document = json.loads((write(tmp_path).path / MANIFEST).read_text())

    assert document["created"] == "2026-05-03"
    assert document["files"] == [
        {"path": entry.path, "bytes": entry.bytes, "sha256": entry.sha256}
        for entry in list_files(next(tmp_path.iterdir()))
    ]


def test_values_of_a_release_can_not_be_changed(tmp_path: Path) -> None:
    release = write(tmp_path)

    with pytest.raises(AttributeError):
        release.manifest.files = (FileEntry("x", 0, ""),)  # type: ignore[misc]
    with pytest.raises(TypeError):
        open_release(release.path).manifest.inputs["x"] = ""  # type: ignore[index]
    assert replace(release.manifest, id="other").id == "other"


@contextmanager
def endpoint(body: bytes, status: int = 200, announced: int | None = None) -> Iterator[str]:
    """Serve one answer to every query, and say that it has ``announced`` bytes."""

    class Answer(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(status)
            self.send_header("Content-Type", "application/n-triples")
            self.send_header("Content-Length", str(len(body) if announced is None else announced))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Keep quiet."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/sparql"
        finally:
            server.shutdown()
            thread.join()


def test_an_endpoint_with_the_same_triples_in_another_order_is_equal(tmp_path: Path) -> None:
    release = write(tmp_path)

    with endpoint(b"".join(reversed(TRIPLES.splitlines(keepends=True)))) as url:
        comparison = compare_endpoint(release, url)

    assert comparison.is_equal
    assert comparison.same == 2


def test_triples_that_an_endpoint_lacks_or_adds_are_counted(tmp_path: Path) -> None:
    release = write(tmp_path)

    with endpoint(b'<a:s> <a:p> "1" .\n<a:s> <a:p> "3" .\n<a:s> <a:p> "4" .\n') as url:
        comparison = compare_endpoint(release, url)

    assert not comparison.is_equal
    assert (comparison.same, comparison.missing, comparison.extra) == (1, 1, 2)


@pytest.mark.parametrize(
    ("body", "status", "announced"), [(b"", 503, None), (b"<html>", 200, None), (TRIPLES, 200, 999)]
)
def test_an_endpoint_that_fails_or_breaks_off_is_not_taken_for_one_that_differs(
    tmp_path: Path, body: bytes, status: int, announced: int | None
) -> None:
    release = write(tmp_path)

    with endpoint(body, status, announced) as url, pytest.raises(EngineUnavailable):
        compare_endpoint(release, url)


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/sparql", "file:///etc/passwd", "nonsense"])
def test_an_address_without_an_endpoint_is_told(tmp_path: Path, url: str) -> None:
    with pytest.raises(EngineUnavailable, match=url.split("/")[0]):
        compare_endpoint(write(tmp_path), url)


def test_no_descriptor_stays_open(tmp_path: Path) -> None:
    descriptors = Path("/proc/self/fd")
    if not descriptors.is_dir():
        pytest.skip("this system does not tell which descriptors are open")
    before = len(list(descriptors.iterdir()))

    write(tmp_path)

    assert len(list(descriptors.iterdir())) == before
