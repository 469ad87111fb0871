"""A city writes its own record: what the page about contexts tells a reader to run, run on the real data."""

from __future__ import annotations

import html
import json
import os
import re
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from serving import running_server

from mesmart_kg.release import Release


@pytest.fixture(scope="module")
def samples(release: Release) -> Iterator[dict[str, str]]:
    """What a reader may copy from the page, by the language that it is in; the last of each."""
    with running_server(release.path.parent) as server:
        asked = urllib.request.Request(f"{server.url}context?lang=en", headers={"Accept": "text/html"})
        with urllib.request.urlopen(asked) as answer:
            page = answer.read().decode()
        found = re.findall(r'<pre data-language="(\w+)"[^>]*><code>(.*?)</code>', page, re.DOTALL)
        yield {language: html.unescape(text) for language, text in found}


def run(commands: str, folder: Path) -> subprocess.CompletedProcess[str]:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        ["bash", "-e", "-o", "pipefail", "-c", commands],
        cwd=folder,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_commands_on_the_page_check_a_record(samples: dict[str, str], tmp_path: Path) -> None:
    install, *commands = samples["sh"].split("\n")
    assert install == "pip install pyshacl"

    done = run("\n".join(commands), tmp_path)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "Conforms: True" in done.stdout

    record = json.loads((tmp_path / "record.json").read_text("utf-8"))
    del record["organization"]
    (tmp_path / "record.json").write_text(json.dumps(record), "utf-8")
    alone = run(commands[-1].replace("known.nt", ""), tmp_path)  # what is missing shows without our data

    assert alone.returncode == 1
    assert "A membership is of one community" in alone.stdout


def test_the_program_on_the_page_frames_a_document_of_ours(samples: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "frame.py").write_text(samples["python"], "utf-8")

    done = run("python frame.py", tmp_path)

    assert done.returncode == 0, done.stderr
    record = json.loads(done.stdout)
    assert record["member"] == "cities:city/it-messina"
    assert record["organization"] == "cities:community/oasc"
