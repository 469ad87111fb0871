"""The Containerfile names what there is. (It was built whole by buildah, see docs/deployment/README.md.)"""

from __future__ import annotations

import json
import re
from pathlib import Path

from mesmart_kg.config import load_config

PROJECT = Path(__file__).resolve().parents[2]
FILE = PROJECT / "docs" / "deployment" / "Containerfile"


def read_instructions() -> list[tuple[str, str]]:
    """Return the instructions in order, each with its arguments on one line."""
    lines = [line for line in FILE.read_text("utf-8").splitlines() if not line.lstrip().startswith("#")]
    joined = re.sub(r"\\\n\s*", "", "\n".join(lines))
    pairs = (line.split(None, 1) for line in joined.splitlines() if line.strip())
    return [(name, rest) for name, rest in pairs]


def test_what_is_fetched_has_a_fixed_version_and_hash() -> None:
    commands = [rest for name, rest in read_instructions() if name == "RUN"]
    installs = [part for command in commands for part in command.split("&&") if "pip install" in part]

    assert installs
    for install in installs:
        assert "--require-hashes" in install or "--no-deps" in install
        for path in re.findall(r"-r (\S+)", install):
            assert "--hash=sha256:" in (PROJECT / path).read_text("utf-8")


def test_it_serves_as_nobody_of_importance_at_the_default_port() -> None:
    instructions = read_instructions()
    last = instructions[max(index for index, (name, _) in enumerate(instructions) if name == "FROM") :]
    told = dict(last)
    config = load_config({}, {"MESMART_WEB__HOST": "0.0.0.0"}, PROJECT)

    assert told["USER"] == "mesmart"
    assert told["EXPOSE"] == str(config.web.port)
    assert told["VOLUME"] == told["WORKDIR"]
    assert json.loads(told["ENTRYPOINT"]) + json.loads(told["CMD"]) == ["mesmart", "serve"]
    assert f":{config.web.port}/-/health" in told["HEALTHCHECK"]
    assert "MESMART_WEB__HOST=0.0.0.0" in told["ENV"]


def test_what_the_image_is_made_from_is_not_left_out_of_it() -> None:
    left_out = [
        line for line in (PROJECT / ".dockerignore").read_text("utf-8").split() if not line.startswith("#")
    ]
    needed = ("src", "data", "ontology", "shapes", "queries", "requirements", "pyproject.toml", "Makefile",
              "README.md", "LICENSE")  # fmt: skip

    assert not set(needed) & set(left_out)
    assert {".git", ".venv", "releases", "inbox"} <= set(left_out)
