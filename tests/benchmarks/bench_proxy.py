"""What nginx costs in front of servers, and what its cache gains: answers a second, as we configure it.

One server asked directly; two servers behind nginx without its cache; the same with it. Everything is on one
machine, so that nginx, both servers and what asks them (wrk) share its cores: two servers can't be twice as
fast here. Without TLS on either side. Finds the release on the configured shelf. The figures go to the file
that the page /about/scale shows. The goal: out of its cache nginx gives pages at least as fast as a server.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import quote

from figures_file import record_proxied
from load import run_wrk
from workload import CSV, FRESH, Kind

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

SECONDS = 4
CLIENTS = 16
PAGE = "doc/city/it-messina?lang=it"
COUNT = "SELECT (COUNT(*) AS ?n) WHERE { ?s a ?c }"

_BROWSER = {"Accept": "text/html,*/*;q=0.8", "Accept-Language": "it", "Accept-Encoding": "gzip"}
_ASKED = (
    ("page", PAGE, _BROWSER),
    ("data", PAGE, {"Accept": "text/turtle"}),
    ("kept query", f"sparql?query={quote(COUNT)}", {"Accept": "text/csv"}),
)
_NEW = Kind(
    "new query",
    (f'SELECT ?s WHERE {{ ?s <http://www.w3.org/2004/02/skos/core#prefLabel> "{FRESH}" }}',),
    CSV,
)


def main() -> int:
    """Measure, print, record; return 1 when the goal is not reached."""
    from proxying import running_nginx
    from serving import running_server

    from mesmart_kg.config import load_config

    shelf = load_config({}, os.environ, Path.cwd()).paths.releases
    settings = {"web__trusted_proxies": 1, "web__requests": 0, "engine__workers": 2}
    with ExitStack() as open_, tempfile.TemporaryDirectory() as folder:
        ports = [open_.enter_context(running_server(shelf, **settings)).port for _ in range(2)]
        plain, keeping = (
            open_.enter_context(running_nginx(Path(folder) / name, ports, caches=caches, tls=False)).port
            for name, caches in (("plain", False), ("keeping", True))
        )
        print(f"{'answers a second':20}{'one server':>12}{'two, nginx':>12}{'its cache':>12}", flush=True)
        rates: dict[str, tuple[float, float, float | None]] = {}
        for name, path, headers in _ASKED:
            through = measure(keeping, path, headers) if "query" not in name else None
            rates[name] = (measure(ports[0], path, headers), measure(plain, path, headers), through)
        rates[_NEW.name] = (measure_new(ports[0]), measure_new(plain), None)
    for name, found in rates.items():
        print(
            f"{name:20}" + "".join(f"{rate:12,.0f}" if rate is not None else f"{'–':>12}" for rate in found)
        )
        record_proxied(name, found)
    is_reached = all(kept >= direct for direct, _, kept in rates.values() if kept is not None)
    print("goal: the cache is at least as fast as a server" + ("" if is_reached else ": NOT REACHED"))
    return 0 if is_reached else 1


def measure(port: int, path: str, headers: dict[str, str]) -> float:
    """Return how many good answers a second come to one question, asked again and again."""
    options = [word for name, value in headers.items() for word in ("-H", f"{name}: {value}")]
    command = ["wrk", "-t1", f"-c{CLIENTS}", *options, f"http://127.0.0.1:{port}/{path}"]
    subprocess.run([*command, "-d1s"], check=True, capture_output=True)
    done = subprocess.run([*command, f"-d{SECONDS}s"], check=True, capture_output=True, text=True)
    words = done.stdout.split()
    assert "Non-2xx" not in words, done.stdout
    return float(words[words.index("Requests/sec:") + 1])


def measure_new(port: int) -> float:
    """Return how many good answers a second come to questions that nobody asked before."""
    return run_wrk(f"http://127.0.0.1:{port}/sparql", _NEW, CLIENTS, SECONDS, fresh=True).per_second()


if __name__ == "__main__":
    sys.exit(main())
