"""What every test may use, and what no test may do.

Fixtures: the checkout, the shared folder beside it, the real release built once. No test reaches another
machine: an audit hook fails the test that tries, in this process and in those forked from it. No test leaves
a process behind: an engine that is not closed has children, and they fail the test.
"""

from __future__ import annotations

import fcntl
import os
import sys
import time
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from two_releases import TwoReleases

    from mesmart_kg.release import Release

PROJECT = Path(__file__).resolve().parent.parent

# How long an example takes says nothing about what it shows: no test has a clock.
hypothesis.settings.register_profile("no clock", deadline=None)
hypothesis.settings.load_profile("no clock")


@pytest.fixture(scope="session")
def project() -> Path:
    """The checkout that the tests run in."""
    return PROJECT


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of facts, suites and vocabularies beside the checkout.

    A stranger's clone has none: there the test says so and skips. In CI it must be there.
    """
    folder = PROJECT.parent / "shared"
    if not folder.is_dir():
        message = "the folder ../shared (facts, suites, vocabularies) is not beside this checkout"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    return folder


@pytest.fixture(scope="session")
def release(tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config) -> Release:
    """The real release: what a build makes of this checkout's sources, built once for all tests.

    Only tests marked slow ask for it. Folders of tests that need a small one have a fixture of the same name.
    Who tries a few tests again and again may name a shelf, and spare the build: ``--releases=releases``.
    """
    from mesmart_kg.build import build
    from mesmart_kg.catalog import Catalog
    from mesmart_kg.config import load_config

    if shelf := pytestconfig.getoption("releases"):
        built = Catalog(shelf.resolve()).find_current()
        assert built is not None, f"no release in {shelf}"
        return built
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent  # common to all processes that run tests: whoever comes first builds
    shelf = folder / "releases"
    with (folder / "release.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        built = Catalog(shelf).find_current()
        return built or build(load_config({"paths.work": ""}, {}, PROJECT), out=shelf)


@pytest.fixture(scope="session")
def two_releases(tmp_path_factory: pytest.TempPathFactory) -> TwoReleases:
    """Two releases of a small town on one shelf, with changes in between."""
    from two_releases import build_two

    return build_two(tmp_path_factory.mktemp("two"))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--releases", type=Path, help="take the newest release of this folder, and build none")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark as slow what reads the real data: `make check` leaves it to `make test`.

    Where several processes run the tests, files with slow ones come first: so none of them is left to one
    process at the end, while the others have nothing to do.
    """
    for item in items:
        if {"curation", "journeys"}.intersection(item.path.relative_to(PROJECT).parts):
            item.add_marker(pytest.mark.slow)
    if "PYTEST_XDIST_WORKER" in os.environ:
        slow = {item.path for item in items if item.get_closest_marker("slow")}
        items.sort(key=lambda item: item.path not in slow)


def pytest_configure() -> None:
    """Take the developer's own settings out of the tests, and close the outside network.

    What steers the fuzzer is no setting: it stays, without the prefix that all settings have. Python may keep
    what it compiles: a server that tests start would compile 340 modules of ours anew, at half a second.
    """
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    for variable in [name for name in os.environ if name.startswith("MESMART_")]:
        value = os.environ.pop(variable)
        if variable.startswith("MESMART_FUZZ_"):
            os.environ[variable.removeprefix("MESMART_")] = value
    sys.addaudithook(_refuse_other_machines)


def _refuse_other_machines(event: str, arguments: tuple[object, ...]) -> None:
    """Fail the test that resolves a foreign name or sends to a foreign address; the loopback stays open."""
    if event == "socket.getaddrinfo":
        host = arguments[0]
    elif event in {"socket.connect", "socket.sendto", "socket.sendmsg"}:
        address = arguments[1]
        host = address[0] if isinstance(address, tuple) else None  # a text is a Unix socket's path
    else:
        return
    if isinstance(host, bytes):
        host = host.decode("ascii", "replace")
    if isinstance(host, str) and not _is_this_machine(host):
        # A BaseException, so that no broad `except` takes it for a failed connection.
        pytest.fail(f"this test tries to reach {host}: the outside network is closed to tests")


def _is_this_machine(host: str) -> bool:
    if host in {"", "localhost", "0.0.0.0", "::"}:
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


@pytest.fixture(autouse=True)
def _no_process_left() -> Iterator[None]:
    """Fail a test that leaves a process behind, such as the keeper or a worker of an engine left open.

    Processes of fixtures of a wider scope were there before the test, and are left alone.
    """
    before = _children()
    yield
    deadline = time.monotonic() + 2.0  # one that was told to end may need a moment
    while (left := _children() - before) and time.monotonic() < deadline:
        time.sleep(0.02)
    if left:
        pytest.fail("left running: " + "; ".join(sorted(_command(process) for process in left)))


def _children() -> set[int]:
    """Return the running children of this process; none where there is no /proc."""
    found: set[int] = set()
    for task in Path("/proc/self/task").glob("*/children"):
        try:
            found.update(int(number) for number in task.read_text().split())
        except OSError:  # the thread ended between listing and reading
            continue
    return {process for process in found if _is_running(process)}


def _is_running(process: int) -> bool:
    """Tell whether it runs: not one that ended unawaited; multiprocessing's own helpers are no leak."""
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    helpers = "multiprocessing.resource_tracker", "multiprocessing.forkserver"
    return state != "Z" and not any(helper in _command(process) for helper in helpers)


def _command(process: int) -> str:
    try:
        return (
            Path(f"/proc/{process}/cmdline")
            .read_bytes()
            .replace(b"\0", b" ")
            .decode("utf-8", "replace")
            .strip()
        )
    except OSError:
        return f"process {process}"
