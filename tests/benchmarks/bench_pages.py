"""How long pages take, and how much of them goes to a browser: from a running server, one page after another.

The goals: the HTML of any page in under 100 ms, made anew, and the page of a city with its style, scripts and
fonts in under 300 kB as it is sent. ``make bench`` runs this with the rest; ``python
tests/benchmarks/bench_pages.py URL`` measures a server whose address, ending in a slash, is given. Exits with
1 when a goal is not reached.

A page that was made is kept; with an argument that means nothing it is not, so that it is made each time. The
server is asked once before anything is measured: templates are compiled when they are first used.
"""

from __future__ import annotations

import gzip
import re
import statistics
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from urllib.parse import urljoin

REPEATS = 7
GOAL_MILLISECONDS = 100.0
GOAL_KILOBYTES = 300.0
CITY = "doc/city/it-messina"

PAGES = (
    *(
        "",
        "about",
        "link",
        "browse",
        "browse/city",
        "browse/membership",
        "search?q=messina",
        "search?q=smart",
    ),
    *("map", "timeline", "network", "queries", "sparql", "releases", "quality", "credits", "sitemap.xml"),
    *("def", "shapes", "voc", "voc/topic", "voc/topic/smart-city"),
    *(CITY, "doc/community/oasc", "doc/community/eurocities", "doc/country/it", "doc/region/it-sicilia"),
    *(
        "doc/series/forum-pa",
        "doc/event/oasc-wave-1",
        "doc/mechanism/mims",
        "doc/source/compiled-municipalities",
    ),
    *("doc/source/messina-2021", "doc/membership/oasc--it-messina"),
)
"""One page of each kind, with the largest of those that differ in size."""

_HEADERS = {"Accept": "text/html,*/*;q=0.5", "Accept-Language": "it", "Accept-Encoding": "gzip"}
_LINKED = re.compile(r'(?:href|src)="([^"]*/-/static/[^"#]+\.(?:css|js|svg))')
_IMPORTED = re.compile(r"""(?:url\(|from\s*|import\s*\(?)["']?([^"')]+\.(?:woff2|js))""")


@dataclass(frozen=True)
class Timing:
    """One page: milliseconds until its last byte, made anew and kept; bytes as they are sent."""

    path: str
    made: float
    kept: float
    sent: int


def main() -> int:
    """Measure every page, print it, and return the exit code."""
    root = sys.argv[1]
    print(f"{'page':38}{'made':>10}{'kept':>10}{'sent':>12}")
    timings = []
    for path in PAGES:
        found = measure(root, path)
        if found is None:
            print(f"/{path:37}  is not in this release")
            continue
        timings.append(found)
        slow = "  NOT REACHED" if found.made >= GOAL_MILLISECONDS else ""
        print(
            f"/{path:37}{found.made:7.1f} ms{found.kept:7.1f} ms{found.sent / 1000:9.1f} kB{slow}", flush=True
        )
    slowest = max(timings, key=lambda each: each.made)
    print(f"slowest: /{slowest.path}, {slowest.made:.1f} ms (goal: under {GOAL_MILLISECONDS:g} ms)")
    whole = weigh(root, CITY) / 1000
    print(f"page of a city with all that it needs: {whole:.0f} kB (goal: under {GOAL_KILOBYTES:g} kB)")
    return 0 if slowest.made < GOAL_MILLISECONDS and whole < GOAL_KILOBYTES else 1


def measure(root: str, path: str) -> Timing | None:
    """Return the medians of a page; None if there is no such page in the release."""
    try:
        sent = len(fetch(root + path))
    except urllib.error.HTTPError as error:
        if error.code == 404:
            return None
        raise
    joint = "&" if "?" in path else "?"
    made = [clock(f"{root}{path}{joint}anew={number}") for number in range(REPEATS)]
    kept = [clock(root + path) for _ in range(REPEATS)]
    return Timing(path, statistics.median(made), statistics.median(kept), sent)


def clock(url: str) -> float:
    """Return how long an answer takes, whole body included, in milliseconds."""
    begun = time.perf_counter()
    fetch(url)
    return (time.perf_counter() - begun) * 1000


def fetch(url: str) -> bytes:
    """Return the body of an answer as it is sent."""
    with urllib.request.urlopen(urllib.request.Request(url, headers=_HEADERS)) as response:
        body: bytes = response.read()
        return body


def weigh(root: str, path: str) -> int:
    """Return the bytes, as they are sent, of a page and all that it names: at most what a browser takes."""
    waiting, seen, total = [root + path], {root + path}, 0
    while waiting:
        url = waiting.pop()
        body = fetch(url)
        total += len(body)
        text = gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body
        named = []
        if url == root + path:
            named = _LINKED.findall(text.decode())
        elif url.endswith((".css", ".js")):
            named = _IMPORTED.findall(text.decode())
        for each in named:
            found = urljoin(url, each)
            if found not in seen:
                seen.add(found)
                waiting.append(found)
    return total


if __name__ == "__main__":
    sys.exit(main())
