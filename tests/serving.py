"""A small release, and servers over it: what the tests of engine and web stand on.

The release is written by hand, file by file, so that these tests need no build. It holds three cities, two
communities, two sources that partly say the same, and as many numbered things as make a cross product
endless.
"""

from __future__ import annotations

import gzip
import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from mesmart_kg.release import MANIFEST, Manifest, Release, hash_file, list_files

BASE = "https://w3id.org/city-communities/"
RELEASE_ID = "2026-11-22-0123abcd"
NUMBERED = 1500
"""How many numbered things there are: three patterns over them have 3,375,000,000 solutions."""

_TYPE = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"
_LABEL = "<http://www.w3.org/2004/02/skos/core#prefLabel>"
_MEMBER = "<http://www.w3.org/ns/org#memberOf>"
_CITY = f"<{BASE}def#City>"
_COMMUNITY = f"<{BASE}def#Community>"

# What each source states; that Messina is in OASC both do.
SOURCES = {
    "notice": [
        f"<{BASE}id/city/it-messina> {_TYPE} {_CITY}",
        f'<{BASE}id/city/it-messina> {_LABEL} "Messina"@it',
        f"<{BASE}id/city/it-messina> {_MEMBER} <{BASE}id/community/oasc>",
        f"<{BASE}id/community/oasc> {_TYPE} {_COMMUNITY}",
        f'<{BASE}id/community/oasc> {_LABEL} "Città aperte e agili"@it',
        f'<{BASE}id/community/oasc> {_LABEL} "Open & Agile Smart Cities"@en',
    ],
    "list": [
        f"<{BASE}id/city/it-messina> {_MEMBER} <{BASE}id/community/oasc>",
        f"<{BASE}id/city/be-gent> {_TYPE} {_CITY}",
        f'<{BASE}id/city/be-gent> {_LABEL} "Gand"@it',
        f"<{BASE}id/city/be-gent> {_MEMBER} <{BASE}id/community/oasc>",
        f"<{BASE}id/city/at-wien> {_TYPE} {_CITY}",
        f'<{BASE}id/city/at-wien> {_LABEL} "<script>alert(1)</script>"@de',
    ],
    "numbers": [f'<{BASE}id/number/{number}> {_LABEL} "{number % 7}"' for number in range(NUMBERED)],
}

QUERY = """#+ number = 2
#+ title.it = "Le comunità di una città"
#+ title.en = "The communities of a city"
#+ summary.it = "A quali comunità aderisce."
#+ summary.en = "Which communities it is in."
#+ expectation.columns = ["community", "name"]
#+ expectation.at_least = 1
#+
#+ [[parameters]]
#+ name = "city"
#+ type = "iri"
#+ default = "id/city/it-messina"
#+ label.it = "Città"
#+ label.en = "City"
#+
#+ [[parameters]]
#+ name = "lang"
#+ type = "lang"
#+ default = "it"
#+ label.it = "Lingua"
#+ label.en = "Language"
BASE <https://w3id.org/city-communities/>
PREFIX org: <http://www.w3.org/ns/org#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>

SELECT ?community ?name
WHERE {
  VALUES ?city { <id/city/it-messina> }
  VALUES ?lang { "it" }
  ?city org:memberOf ?community .
  ?community skos:prefLabel ?name .
  FILTER(LANGMATCHES(LANG(?name), ?lang))
}
"""

METADATA = f"""@prefix dcat: <http://www.w3.org/ns/dcat#> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
<{BASE}set/city-communities> a dcat:Dataset ; owl:versionInfo "{RELEASE_ID}" .
"""

REPORT = {
    "conforms": True,
    "counts": {"Violation": 0, "Warning": 1},
    "findings": [
        {
            "severity": "Warning",
            "focus": f"{BASE}id/city/at-wien",
            "path": None,
            "value": None,
            "constraint": "",
            "shape": "",
            "message": {"it": "Manca un nome in inglese.", "en": "An English name is missing."},
            "places": [{"file": "data/facts/cities.csv", "line": 3}],
        }
    ],
}

# Queries that no one waits for: the first can't end, the second must hold millions of rows to sort them.
ENDLESS = "SELECT (COUNT(*) AS ?n) WHERE { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i FILTER(?c = ?f && ?f != ?i) }"
GREEDY = "SELECT * WHERE { ?a ?b ?c . ?d ?e ?f } ORDER BY ?f ?a ?c LIMIT 1"
ROWS_WITHOUT_END = "SELECT * WHERE { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"


def write_small_release(shelf: Path) -> Release:
    """Write the release on a shelf."""
    folder = shelf / RELEASE_ID
    for name in ("dumps", "metadata", "report", "inputs/queries"):
        (folder / name).mkdir(parents=True)
    default = sorted({triple for triples in SOURCES.values() for triple in triples})
    named = sorted(
        f"{triple} <{BASE}graph/source/{slug}>" for slug, triples in SOURCES.items() for triple in triples
    )
    _pack(folder / "dumps/default.nt.gz", default)
    _pack(folder / "dumps/dataset.nq.gz", named)
    (folder / "metadata/dataset.ttl").write_text(METADATA, "utf-8")
    (folder / "report/validation.json").write_text(json.dumps(REPORT), "utf-8")
    (folder / "report/validation.ttl").write_text(
        "<urn:report> a <http://www.w3.org/ns/shacl#ValidationReport> .\n"
    )
    (folder / "inputs/queries/02-communities-of-a-city.rq").write_text(QUERY, "utf-8")
    manifest = Manifest(
        id=RELEASE_ID,
        day=date(2026, 11, 22),
        digest="0123abcd",
        inputs_digest="",
        dataset_sha256=hash_file(folder / "dumps/dataset.nq.gz"),
        default_sha256=hash_file(folder / "dumps/default.nt.gz"),
        makers={},
        inputs={},
        figures={
            "triples": len(default),
            "quads": len(named),
            "entities": NUMBERED + 4,
            "violations": 0,
            "warnings": 1,
            "graphs": {f"{BASE}graph/source/{slug}": len(triples) for slug, triples in SOURCES.items()},
            "classes": {f"{BASE}def#City": 3, f"{BASE}def#Community": 1},
            "properties": {},
        },
        files=list_files(folder),
    )
    (folder / MANIFEST).write_text(manifest.to_json(), "utf-8")
    return Release(folder, manifest)


def _pack(path: Path, statements: list[str]) -> None:
    text = "".join(f"{statement} .\n" for statement in statements)
    path.write_bytes(gzip.compress(text.encode(), mtime=0))


@dataclass(frozen=True)
class Server:
    """A running server: its address, which ends with a slash, and its first process."""

    url: str
    process: subprocess.Popen[bytes]

    @property
    def port(self) -> int:
        return int(self.url.rstrip("/").rpartition(":")[2])


_SERVE = """
import os, sys
from pathlib import Path
from mesmart_kg.catalog import Catalog
from mesmart_kg.config import load_config
from mesmart_kg.web.server import serve
config = load_config({}, os.environ, Path(sys.argv[1]))
serve(config, Catalog(config.paths.releases), ready=lambda url: print(url, flush=True))
"""


@contextmanager
def running_server(shelf: Path, **settings: object) -> Iterator[Server]:
    """Run a server over a shelf, on a free port; settings are named as ``engine__seconds``."""
    variables = {f"MESMART_{name.upper()}": str(value) for name, value in settings.items()}
    environ = {key: value for key, value in os.environ.items() if not key.startswith("MESMART_")}
    environ |= {"MESMART_PATHS__RELEASES": str(shelf), "MESMART_WEB__PORT": "0"} | variables
    process = subprocess.Popen(
        [sys.executable, "-c", _SERVE, str(shelf)], env=environ, stdout=subprocess.PIPE, cwd=shelf
    )
    assert process.stdout is not None
    try:
        ready, _, _ = select.select([process.stdout], [], [], 60)
        url = process.stdout.readline().decode().strip() if ready else ""
        assert url, "the server did not start"
        yield Server(url, process)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)
        process.stdout.close()


def children_of(process_id: int) -> list[int]:
    """Return the processes that descend from one, in no order (Linux)."""
    parents = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if fields[0] != "Z":
            parents[int(path.parent.name)] = int(fields[1])
    found = [process_id]
    for parent in found:
        found += [child for child, its_parent in parents.items() if its_parent == parent]
    return found[1:]


def wait_until(holds: object, seconds: float = 20) -> bool:
    """Ask again and again until a function returns true; False when the time is over."""
    assert callable(holds)
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True
