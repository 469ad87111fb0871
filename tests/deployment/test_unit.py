"""The systemd unit that we give away: systemd finds nothing wrong with it, and it starts what there is."""

from __future__ import annotations

import configparser
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from proxying import find_tool
from serving import write_small_release

from mesmart_kg.config import load_config
from mesmart_kg.web.server import GRACE_SECONDS

DEPLOYMENT = Path(__file__).resolve().parents[2] / "docs" / "deployment"
UNIT = DEPLOYMENT / "mesmart@.service"
_SERVE_AND_ASK = """
import os, signal, sys, threading
from pathlib import Path
from urllib.request import urlopen
from mesmart_kg.catalog import Catalog
from mesmart_kg.config import load_config
from mesmart_kg.web.server import serve

def use(url):
    for path in ("", "about", "search?q=messina", "sparql?query=ASK%20%7B%3Fs%20%3Fp%20%3Fo%7D"):
        urlopen(url + path).read()
    os.kill(os.getpid(), signal.SIGTERM)

folder = Path(sys.argv[1])
config = load_config({"web.port": 0, "paths.releases": folder / "shelf"}, {}, folder)
start = lambda url: threading.Thread(target=use, args=(url,)).start()
serve(config, Catalog(config.paths.releases), ready=start)
"""

MOST_EXPOSED = 2.0
"""On systemd's scale from 0 (shut in) to 10; an ordinary service has 9.6."""


def read_unit() -> configparser.ConfigParser:
    parser = configparser.ConfigParser(strict=False, delimiters="=", interpolation=None)
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    parser.read(UNIT, "utf-8")
    return parser


def test_systemd_understands_every_line(tmp_path: Path) -> None:
    """It is checked with a program that is there in place of ours, since systemd wants to find one."""
    analyze = find_tool("systemd-analyze", "systemd")
    unit = tmp_path / "mesmart@8010.service"
    unit.write_text(UNIT.read_text("utf-8").replace("/opt/mesmart/bin/mesmart", sys.executable), "utf-8")
    done = subprocess.run(
        [analyze, "verify", "--man=no", "--recursive-errors=no", str(unit)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert "mesmart" not in done.stderr, done.stderr


def test_the_service_is_shut_in_well(tmp_path: Path) -> None:
    analyze = find_tool("systemd-analyze", "systemd")
    unit = tmp_path / "mesmart@8010.service"
    unit.write_text(UNIT.read_text("utf-8"), "utf-8")
    done = subprocess.run(
        [analyze, "security", "--offline=true", "--no-pager", str(unit)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    level = re.search(r"Overall exposure level for \S+: ([0-9.]+)", done.stdout)

    assert level, done.stderr
    assert float(level[1]) <= MOST_EXPOSED, done.stdout


def test_it_waits_longer_than_the_server_s_grace_and_lets_as_many_files_be_open_as_it_wants() -> None:
    service = read_unit()["Service"]
    config = load_config({}, {}, Path.cwd())

    assert int(service["TimeoutStopSec"]) > GRACE_SECONDS
    assert int(service["LimitNOFILE"]) >= config.web.connections + 512
    assert service["KillMode"] == "mixed"


def test_the_command_of_the_unit_is_one_of_ours() -> None:
    words = read_unit()["Service"]["ExecStart"].replace("%i", "8010").split()
    done = subprocess.run(
        [sys.executable, "-m", "mesmart_kg", *words[3:], "--help"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert words[:3] == ["/opt/mesmart/bin/mesmart", "--config", "/etc/mesmart/mesmart.toml"]
    assert done.returncode == 0, done.stderr


def test_the_settings_of_the_example_are_understood(tmp_path: Path) -> None:
    config = load_config({}, {}, tmp_path, DEPLOYMENT / "mesmart.toml")
    state = "/var/lib/" + read_unit()["Service"]["StateDirectory"]

    assert config.web.trusted_proxies == 1
    assert str(config.paths.releases).startswith(state)
    assert str(config.inbox.folder).startswith(state)


@pytest.mark.slow
def test_the_server_needs_no_system_call_that_the_unit_forbids(tmp_path: Path) -> None:
    """What a server calls from its start to its end, seen by strace, is what the unit's filter allows."""
    strace, analyze = find_tool("strace", "strace"), find_tool("systemd-analyze", "systemd")
    write_small_release(tmp_path / "shelf")
    script = tmp_path / "run.py"
    script.write_text(_SERVE_AND_ASK, "utf-8")
    log = tmp_path / "calls"
    done = subprocess.run(
        [strace, "-f", "-qq", "-o", str(log), "-e", "signal=none",
         sys.executable, str(script), str(tmp_path)],
        capture_output=True, text=True, check=False, timeout=200,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    lines = log.read_text("utf-8", "replace").splitlines()
    used = {match[1] for line in lines if (match := re.match(r"\d+ +(\w+)\(", line))}
    allowed = _calls_of(analyze, "@system-service") - _calls_of(analyze, "@privileged")
    if os.geteuid() == 0:
        allowed.add(
            "fchown"
        )  # SQLite gives what root makes to the file's owner; of the unit's user it asks nothing
    memory = [
        line for line in lines if re.search(r"mmap\(.*PROT_WRITE\|PROT_EXEC|mprotect\(.*PROT_EXEC", line)
    ]

    assert len(used) > 40
    assert used <= allowed, sorted(used - allowed)
    assert memory == []  # MemoryDenyWriteExecute


def _calls_of(analyze: str, name: str) -> set[str]:
    """Return the system calls of one of systemd's sets, those of the sets in it included."""
    text = subprocess.run(
        [analyze, "syscall-filter", name], capture_output=True, text=True, check=True
    ).stdout
    words = [
        line.strip() for line in text.splitlines()[1:] if line.strip() and not line.strip().startswith("#")
    ]
    calls = {word for word in words if not word.startswith("@")}
    for word in words:
        if word.startswith("@"):
            calls |= _calls_of(analyze, word)
    return calls
