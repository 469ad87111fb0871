"""Runs of ``mesmart`` without its second of imports: forked from a process that has done them.

What is run is what a user types, in a process of its own: the same command line, environment, working folder
and output as a program started anew. For tests that need a hundred servers; that one can be started anew is
what others show (``test_cli``, ``test_preview``, ``test_packaging``).

The hatchery reads orders from its standard input, one line of JSON each, and answers each by a line.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import random
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_LOADED = ("mesmart_kg.cli", "mesmart_kg.preview", "mesmart_kg.web.server")


@dataclass(frozen=True)
class Hatchery:
    """A process that forks on demand."""

    process: subprocess.Popen[str]

    def run(
        self,
        arguments: Sequence[str],
        *,
        environ: dict[str, str],
        folder: Path,
        out: Path,
        err: Path | None = None,
        text: Path = Path(os.devnull),
    ) -> Hatched:
        """Begin ``mesmart`` with arguments; it reads a text, and writes to files, or all to one."""
        streams = [str(text), str(out), str(err or out)]
        order = {"run": list(arguments), "environ": environ, "folder": str(folder), "streams": streams}
        return Hatched(self._order(order), self)

    def look(self, process: int) -> int | None:
        """Return the exit code of a process that was run here; None while it runs."""
        code: int | None = self._order({"look": process})
        return code

    def _order(self, order: dict[str, Any]) -> Any:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())


@dataclass
class Hatched:
    """One run, with as much of subprocess.Popen as tests use."""

    pid: int
    hatchery: Hatchery
    code: int | None = None

    def poll(self) -> int | None:
        if self.code is None:
            self.code = self.hatchery.look(self.pid)
        return self.code

    def terminate(self) -> None:
        if self.poll() is None:  # until it is looked at, an ended process keeps its number
            os.kill(self.pid, signal.SIGTERM)

    def wait(self, timeout: float) -> int:
        end = time.monotonic() + timeout
        while (code := self.poll()) is None:
            if time.monotonic() > end:
                raise subprocess.TimeoutExpired(f"process {self.pid}", timeout)
            time.sleep(0.01)
        return code


@contextmanager
def hatching() -> Iterator[Hatchery]:
    """Have a hatchery until the end, and then nothing of it."""
    process = subprocess.Popen(
        [sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
    )
    try:
        yield Hatchery(process)
    finally:
        process.communicate(timeout=60)  # the end of its orders is its end


def _serve_orders() -> None:
    for name in _LOADED:
        importlib.import_module(name)
    assert len(list(Path("/proc/self/task").iterdir())) == 1, "a process with threads can't be forked safely"
    gc.collect()
    gc.freeze()
    for line in sys.stdin:
        order = json.loads(line)
        answer = _look(order["look"]) if "look" in order else _fork(order)
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


def _look(process: int) -> int | None:
    found, status = os.waitpid(process, os.WNOHANG)
    return os.waitstatus_to_exitcode(status) if found else None


def _fork(order: dict[str, Any]) -> int:
    if process := os.fork():
        return process
    code = 1
    try:
        code = _run(order)
    except BaseException:  # noqa: BLE001 - this process ends here, whatever it is
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


def _run(order: dict[str, Any]) -> int:
    """Make this process what a new one would be, and run the command."""
    from mesmart_kg.cli import main

    os.environ.clear()
    os.environ.update(order["environ"])
    os.chdir(order["folder"])
    random.seed()
    text, out, err = map(Path, order["streams"])
    with text.open("rb") as read, out.open("wb") as written, err.open("ab") as told:
        for opened, number in ((read, 0), (written, 1), (written if err == out else told, 2)):
            os.dup2(opened.fileno(), number)
    sys.argv = ["mesmart", *order["run"]]
    try:
        main()
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    return 0


if __name__ == "__main__":
    _serve_orders()
