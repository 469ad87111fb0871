"""What a stranger installs: the wheel works in an empty folder, the locks say the same as pyproject.toml."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import tomllib
import urllib.error
import urllib.parse
import urllib.request
import zipfile
from pathlib import Path

import pytest

PIP = (sys.executable, "-m", "pip", "--disable-pip-version-check")

OASC_IN_ITALY = """
PREFIX cc: <https://w3id.org/city-communities/def#>
PREFIX org: <http://www.w3.org/ns/org#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
SELECT DISTINCT ?name WHERE {
  ?membership a cc:Membership ;
    org:organization <https://w3id.org/city-communities/id/community/oasc> ;
    org:member ?city .
  ?city cc:within+ <https://w3id.org/city-communities/id/country/it> ; skos:prefLabel ?name .
  FILTER(LANG(?name) = "it")
} ORDER BY ?name
"""


def clean_environment() -> dict[str, str]:
    """The environment of somebody who never heard of this checkout."""
    foreign = ("MESMART_", "PYTHON", "VIRTUAL_ENV")
    return {name: value for name, value in os.environ.items() if not name.startswith(foreign)}


def run(*command: str | Path, cwd: Path) -> str:
    done = subprocess.run(
        command, cwd=cwd, env=clean_environment(), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    run(*PIP, "wheel", "-q", "--no-deps", "--no-build-isolation", "-w", folder, project, cwd=folder)
    return next(folder.glob("mesmart_kg-*.whl"))


@pytest.fixture(scope="module")
def installed(project: Path, wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh environment with the locked packages and the wheel; its folder of programs."""
    folder = tmp_path_factory.mktemp("environment")
    run(sys.executable, "-m", "venv", "--without-pip", folder, cwd=folder)
    # Ours installs there. Nothing is compiled before it is run: most of it never is.
    pip = (*PIP, "--python", folder / "bin" / "python", "install", "--no-compile")
    run(*pip, "-q", "--require-hashes", "-r", project / "requirements" / "runtime.txt", cwd=folder)
    run(*pip, "-q", "--no-deps", wheel, cwd=folder)
    return folder / "bin"


@pytest.mark.slow
def test_the_wheel_carries_the_project_and_nothing_else(wheel: Path, project: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    packed = "mesmart_kg/project/"

    for folder in ("ontology", "data", "shapes", "queries"):
        sources = {
            path.relative_to(project).as_posix()
            for path in (project / folder).rglob("*")
            if path.is_file() and "__pycache__" not in path.parts
        }
        assert sources
        assert {packed + source for source in sources} <= names
    assert "mesmart_kg/py.typed" in names
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert not [name for name in names if "__pycache__" in name or name.startswith(("tests", "releases"))]


@pytest.mark.slow
def test_the_wheel_carries_what_pages_need_and_not_what_it_was_made_from(wheel: Path) -> None:
    archive = zipfile.ZipFile(wheel)
    names = set(archive.namelist())
    folder = "mesmart_kg/web/static/"
    assert f"{folder}assets.json" in names, "the assets are not built: run `make assets`"
    built = json.loads(archive.read(f"{folder}assets.json"))

    assert "site.css" in built
    assert {folder + file for file in built.values()} <= names
    assert not [name for name in names if name.startswith("mesmart_kg/web/client") or "node_modules" in name]


@pytest.mark.slow
def test_the_installed_packages_agree_with_each_other(installed: Path, tmp_path: Path) -> None:
    assert "No broken requirements" in run(*PIP, "--python", installed / "python", "check", cwd=tmp_path)


@pytest.mark.slow
def test_the_wheel_serves_the_graph_from_an_empty_folder(installed: Path, tmp_path: Path) -> None:
    """`pip install mesmart_kg-*.whl && mesmart serve`, then a question with a known answer."""
    port = free_port()
    log = tmp_path.parent / "serve.log"
    with log.open("wb") as output:
        server = subprocess.Popen(
            [installed / "mesmart", "serve", "--port", str(port)],
            cwd=tmp_path,
            env=clean_environment(),
            stdout=output,
            stderr=output,
        )
        try:
            names = ask(f"http://127.0.0.1:{port}/sparql", OASC_IN_ITALY, server, log)
        finally:
            server.send_signal(signal.SIGTERM)
            code = server.wait(30)

    assert names == ["Ancona", "Cagliari", "Genova", "Lecce", "Messina", "Milano", "Palermo", "Terni"]
    assert code == 0, log.read_text("utf-8")
    assert sorted(path.name for path in tmp_path.iterdir()) == [".mesmart", "releases"]


@pytest.mark.slow
def test_the_wheel_begins_the_project_of_another_city(installed: Path, tmp_path: Path) -> None:
    """What cities share comes out of the wheel; what is the city's own stands in its folder."""
    told = ("--base-iri", "https://data.example.org/", "--name", "My City", "--country", "it")
    run(installed / "mesmart", "init", "city", *told, cwd=tmp_path)
    made = run(installed / "mesmart", "build", cwd=tmp_path / "city").strip()

    assert [path.name for path in (tmp_path / "city/releases").iterdir()] == [made]
    run(installed / "mesmart", "verify", made, cwd=tmp_path / "city")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def ask(endpoint: str, query: str, server: subprocess.Popen[bytes], log: Path) -> list[str]:
    """Ask as soon as the server answers; it builds the release first, which takes its time."""
    request = urllib.request.Request(
        endpoint + "?" + urllib.parse.urlencode({"query": query}),
        headers={"Accept": "application/sparql-results+json"},
    )
    for _ in range(1800):
        assert server.poll() is None, log.read_text("utf-8")
        try:
            with urllib.request.urlopen(request, timeout=30) as response:
                rows = json.load(response)["results"]["bindings"]
                return [row["name"]["value"] for row in rows]
        except urllib.error.HTTPError as error:
            pytest.fail(f"{error.code}: {error.read().decode('utf-8', 'replace')}")
        except OSError:  # not listening yet
            time.sleep(0.1)
    pytest.fail("the server did not answer within its time:\n" + log.read_text("utf-8"))


def locked(path: Path) -> dict[str, str]:
    """Name to version of a lock file; fails where a package has no hash."""
    text = path.read_text("utf-8").replace("\\\n", " ")
    packages = {}
    for line in text.splitlines():
        match = re.match(r"([A-Za-z0-9._-]+)==(\S+)", line)
        if match:
            assert "--hash=sha256:" in line, f"{match[1]} is locked without its hash"
            packages[normalize(match[1])] = match[2]
    return packages


def normalize(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def test_every_dependency_is_locked_to_version_and_hash(project: Path) -> None:
    pyproject = tomllib.loads((project / "pyproject.toml").read_text("utf-8"))
    groups = pyproject["dependency-groups"]
    folder = project / "requirements"

    def names(requirements: list[object]) -> set[str]:
        texts = [text for text in requirements if isinstance(text, str)]
        return {normalize(re.split(r"[<>=~! ;\[]", text, maxsplit=1)[0]) for text in texts}

    runtime = locked(folder / "runtime.txt")
    build = locked(folder / "build.txt")
    dev = locked(folder / "dev.txt")
    assert names(pyproject["project"]["dependencies"]) <= set(runtime)
    assert names(groups["build"]) <= set(build)
    assert names(groups["dev"]) | set(runtime) | set(build) <= set(dev)
    for lock in (runtime, build):
        assert {name: dev[name] for name in lock} == lock, "the development lock has other versions"


def test_every_dependency_has_its_reason_beside_it(project: Path) -> None:
    lines = (project / "pyproject.toml").read_text("utf-8").splitlines()
    begin = lines.index("dependencies = [")
    block = lines[begin + 1 : lines.index("]", begin)]

    reason = ""
    for line in (each.strip() for each in block):
        if line.startswith("# "):
            reason += line
        else:
            assert re.search(r"BSD|MIT|Apache|W3C", reason), f"{line} has no reason with a licence above it"
            reason = ""


def test_the_project_holds_no_machine_path(project: Path) -> None:
    """Nothing that a person reads or a build uses names a folder of somebody's machine."""
    pattern = re.compile(r"(^|[\s\"'(=])/(home|root|work|Users)/")
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=project,
        capture_output=True,
        check=True,
        text=True,
    )
    for name in filter(None, listed.stdout.split("\0")):
        path = project / name
        if path.is_file() and path != Path(__file__):
            text = path.read_text("utf-8", errors="replace")
            assert not pattern.search(text), f"{name} names a path of a machine"
