"""OpenRefine itself, driven over the HTTP interface that its own pages use.

``openrefine`` is Debian's package (3.6): a Java program with a server on the loopback interface. Whoever runs
it waits some seconds for it to start, and for each process in it to end.
"""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

_START_SECONDS = 120
_PROCESS_SECONDS = 60


class OpenRefine:
    """A running OpenRefine; every call raises where it reports an error."""

    def __init__(self, address: str) -> None:
        self._client = httpx.Client(base_url=f"{address}/command/core/", timeout=30, trust_env=False)

    def is_ready(self) -> bool:
        try:
            return self._client.get("get-version").status_code == 200
        except httpx.HTTPError:
            return False

    def close(self) -> None:
        self._client.close()

    def create(self, name: str, table: str) -> str:
        """Make a project of a CSV table; return its number."""
        parameters = {
            "csrf_token": self._token(),
            "options": json.dumps({"encoding": "UTF-8", "separator": ",", "guessCellValueTypes": False}),
            "format": "text/line-based/*sv",
        }
        answer = self._client.post(
            "create-project-from-upload",
            params=parameters,
            data={"project-name": name},
            files={"project-file": ("table.csv", table.encode(), "text/csv")},
        )
        assert answer.status_code == 302, answer.text
        return httpx.URL(answer.headers["Location"]).params["project"]

    def reconcile(
        self,
        project: str,
        column: str,
        manifest: Mapping[str, Any],
        service: str,
        entity_type: Mapping[str, str],
        details: Sequence[tuple[str, str]] = (),
    ) -> None:
        """Reconcile a column with a service, as its dialog does; ``details`` are columns and properties."""
        config = {
            "mode": "standard-service",
            "service": service,
            "identifierSpace": manifest["identifierSpace"],
            "schemaSpace": manifest["schemaSpace"],
            "type": dict(entity_type),
            "autoMatch": True,
            "columnDetails": [
                {"column": each, "property": {"id": key, "name": key}} for each, key in details
            ],
            "limit": 0,
        }
        self._run(project, "reconcile", {"columnName": column, "config": json.dumps(config)})

    def guess_types(self, project: str, column: str, service: str) -> list[str]:
        """Return the types that it finds for a column by asking the service about the first cells."""
        answer = self._post(
            "guess-types-of-column", {"project": project, "columnName": column, "service": service}, {}
        )
        return [each["id"] for each in answer["types"]]

    def extend(
        self,
        project: str,
        column: str,
        manifest: Mapping[str, Any],
        service: str,
        properties: Sequence[Mapping[str, Any]],
    ) -> None:
        """Add columns from reconciled values, as its dialog does."""
        fields = {
            "baseColumnName": column,
            "endpoint": service,
            "identifierSpace": manifest["identifierSpace"],
            "schemaSpace": manifest["schemaSpace"],
            "extension": json.dumps({"properties": list(properties)}),
            "columnInsertIndex": "1",
        }
        self._run(project, "extend-data", fields)

    def read_cells(self, project: str) -> list[dict[str, Any]]:
        """Return the rows with all that is known of each cell; ``r`` is how it was reconciled."""
        answer = self._client.post("get-rows", params={"project": project, "start": 0, "limit": 1000})
        told = answer.json()
        models = self._client.get("get-models", params={"project": project}).json()
        names = {each["cellIndex"]: each["name"] for each in models["columnModel"]["columns"]}
        pool = told["pool"]["recons"]
        rows = []
        for row in told["rows"]:
            cells = {}
            for place, cell in enumerate(row["cells"]):
                if place in names and cell is not None:
                    cells[names[place]] = {**cell, "r": pool.get(str(cell.get("r")))}
            rows.append(cells)
        return rows

    def export(self, project: str) -> list[dict[str, str]]:
        """Return the rows as CSV would have them."""
        answer = self._client.post("export-rows/table.csv", data={"project": project, "format": "csv"})
        assert answer.status_code == 200, answer.text
        return list(csv.DictReader(io.StringIO(answer.text)))

    def _run(self, project: str, command: str, fields: Mapping[str, str]) -> None:
        """Start a process, and wait for its end."""
        rows = json.dumps({"facets": [], "mode": "row-based"})
        answer = self._post(command, {"project": project}, {**fields, "engine": rows})
        assert answer["code"] in {"ok", "pending"}, answer
        end = time.monotonic() + _PROCESS_SECONDS
        while time.monotonic() < end:
            told = self._client.get("get-processes", params={"project": project}).json()
            assert not told.get("exceptions"), told
            if not told["processes"]:
                return
            time.sleep(0.1)
        pytest.fail(f"OpenRefine did not end {command} within {_PROCESS_SECONDS} s")

    def _post(self, command: str, parameters: Mapping[str, str], fields: Mapping[str, str]) -> Any:
        answer = self._client.post(command, params=parameters, data={**fields, "csrf_token": self._token()})
        assert answer.status_code == 200, answer.text
        return answer.json()

    def _token(self) -> str:
        token: str = self._client.get("get-csrf-token").json()["token"]
        return token


@contextmanager
def running_openrefine(folder: Path) -> Iterator[OpenRefine]:
    """Run OpenRefine with its data in a folder. Without it the test skips, or fails if CI could have it."""
    command = shutil.which("openrefine")
    if command is None:
        message = "openrefine is not installed (Debian: apt-get install openrefine)"
        if os.environ.get("CI") and os.geteuid() == 0 and shutil.which("apt-get"):
            pytest.fail(message)
        pytest.skip(message)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    process = subprocess.Popen(
        [
            *(command, "-p", str(port), "-i", "127.0.0.1", "-m", "400M"),
            *("-d", str(folder / "data"), "-x", "refine.headless=true"),
        ],
        cwd=folder,
        env={**os.environ, "HOME": str(folder)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # a shell starts the program: both are ended together
    )
    refine = OpenRefine(f"http://127.0.0.1:{port}")
    try:
        end = time.monotonic() + _START_SECONDS
        while not refine.is_ready():
            assert process.poll() is None, "OpenRefine ended before it was ready"
            assert time.monotonic() < end, "OpenRefine did not start"
            time.sleep(0.2)
        yield refine
    finally:
        refine.close()
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(20)
