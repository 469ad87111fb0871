"""The log of lines: rotation, a disk or a pipe that does not keep up, an end that loses nothing."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from mesmart_kg.errors import ConfigError
from mesmart_kg.web.query_log import LineLog


def wait_for(path: Path, content: bytes) -> None:
    """Return once a file holds this, which takes the log a few tenths of a second."""
    for _ in range(400):
        if path.exists() and path.read_bytes() == content:
            return
        time.sleep(0.02)
    raise AssertionError(f"{path.name} does not hold {content!r}")


def test_what_was_written_before_the_end_is_in_the_file(tmp_path: Path) -> None:
    path = tmp_path / "lines.log"
    path.write_bytes(b"from yesterday\n")
    log = LineLog(str(path))
    expected = b"".join(b"line %d\n" % number for number in range(5000))
    for line in expected.splitlines(keepends=True):
        log.write(line)
    log.close()
    log.close()

    assert path.read_bytes() == b"from yesterday\n" + expected
    assert log.lost == 0


def test_a_new_log_is_not_for_everybody_to_read(tmp_path: Path) -> None:
    path = tmp_path / "lines.log"
    LineLog(str(path)).close()

    assert path.stat().st_mode & 0o007 == 0


def test_a_log_that_is_renamed_or_removed_is_begun_anew(tmp_path: Path) -> None:
    path = tmp_path / "lines.log"
    log = LineLog(str(path))
    try:
        log.write(b"one\n")
        wait_for(path, b"one\n")
        path.rename(tmp_path / "lines.log.1")
        log.write(b"two\n")
        wait_for(path, b"two\n")
        path.unlink()
        log.write(b"three\n")
        wait_for(path, b"three\n")
    finally:
        log.close()
    assert (tmp_path / "lines.log.1").read_bytes() == b"one\n"


def test_a_log_that_is_copied_and_truncated_goes_on_at_its_new_end(tmp_path: Path) -> None:
    path = tmp_path / "lines.log"
    log = LineLog(str(path))
    try:
        log.write(b"a long line before\n")
        wait_for(path, b"a long line before\n")
        os.truncate(path, 0)
        log.write(b"after\n")
        wait_for(path, b"after\n")
    finally:
        log.close()


def test_a_log_that_cannot_be_opened_is_told_at_the_start(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="can't be opened"):
        LineLog(str(tmp_path / "no such folder" / "lines.log"))


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_full_disk_costs_lines_and_nothing_else() -> None:
    log = LineLog("/dev/full")
    log.write(b"one\n")
    log.write(b"two\n")
    log.close()

    assert log.lost == 2


def test_a_reader_that_stops_reading_holds_up_nobody() -> None:
    """Standard output is a pipe that nobody empties: writing goes on, what has no room is lost."""
    script = """
from mesmart_kg.web.query_log import MOST_PENDING, LineLog
import sys
log = LineLog("-")
line = b"x" * 99_999 + b"\\n"
for _ in range(2 * MOST_PENDING // len(line)):
    log.write(line)
log.close(0.1)
sys.stderr.write(str(log.lost))
"""
    with subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        try:
            assert process.stderr is not None
            assert int(process.stderr.read()) > 50
            assert process.wait(30) == 0
        finally:
            process.kill()
