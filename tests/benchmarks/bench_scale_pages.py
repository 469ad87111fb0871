"""How long pages take as the data grow: one of each kind, the largest there is, in memory and on disk.

    python tests/benchmarks/bench_scale_pages.py [TRIPLES | SHELF ...] [--storage memory,disk] [--record]

makes a corpus of each size and builds it (100 thousand and a million unless sizes are given), or serves the
current release of a shelf that is there already, which may have taken long to build. Prints for every page
how long its first reader waits, the median of those after, the processor time that one takes, and its bytes;
all made anew each time, since a page that is kept costs nothing. With several sizes, the smallest first, each
is compared with the one before (``goals.judge_growth``): the goal is that ten times the data take a page at
most twice as long, and make it at most twice as large. With ``--record`` the figures go to the file that the
page /about/scale shows.

The processor time is of all processes of the server, and so tells more than the clock on a machine that does
other things as well.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from bench_build import build
from corpus import write_corpus
from figures_file import record_size
from goals import judge_growth
from processes import Holding, processor_seconds, settle

from mesmart_kg.catalog import Catalog
from mesmart_kg.label_index import Filters, LabelIndex, open_index
from mesmart_kg.release import Release

PROJECT = Path(__file__).resolve().parents[2]
SIZES = ("100000", "1000000")
STORAGES = ("memory", "disk")
REPEATS = 5
PATIENCE = 120

_HEADERS = {"Accept": "text/html,*/*;q=0.5", "Accept-Language": "en"}


@dataclass(frozen=True)
class Page:
    """One page: milliseconds for its first reader and for later ones, of processor for one, and its bytes."""

    name: str
    first: float
    median: float
    processor: float
    size: int


@dataclass(frozen=True)
class Served:
    """A server over a release: seconds until it was ready, MiB that it holds at the end, its pages."""

    triples: int
    storage: str
    ready: float
    mebibytes: float
    pages: tuple[Page, ...]

    def find(self, name: str) -> Page | None:
        return next((page for page in self.pages if page.name == name), None)


def main() -> int:
    """Print the figures, and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("releases", nargs="*", default=SIZES)
    parser.add_argument("--storage", default=",".join(STORAGES))
    parser.add_argument("--record", action="store_true")
    given = parser.parse_args()
    before: dict[str, Served] = {}
    reached = []
    for text in given.releases:
        with on_shelf(text) as shelf:
            release = Catalog(shelf).current()
            paths = choose_pages(release)
            for storage in given.storage.split(","):
                served = measure(shelf, release, storage, paths)
                show(served)
                if storage in before:
                    last = before[storage]
                    reached.append(
                        judge_growth(
                            served.triples / last.triples,
                            {page.name: (page.median, page.size) for page in last.pages},
                            {page.name: (page.median, page.size) for page in served.pages},
                        )
                    )
                before[storage] = served
                if given.record:
                    record(served)
    return 0 if all(reached) else 1


@contextmanager
def on_shelf(text: str) -> Iterator[Path]:
    """Lend a shelf with a release: the one that is named, or one of a corpus with so many triples."""
    digits = text.replace("_", "")
    if not digits.isdigit():
        yield Path(text).resolve()
        return
    with tempfile.TemporaryDirectory(prefix="mesmart-bench-") as name:
        folder = Path(name)
        write_corpus(folder, int(digits))
        build(folder, folder / "releases", folder / "work")
        yield folder / "releases"


def choose_pages(release: Release) -> dict[str, str]:
    """Return one page of each kind by what it is called in the table: the largest, where they differ."""
    index = open_index(release.derived, release.default_ntriples, release.manifest.digest)
    try:
        paths = _of_everything() | _of_things(index) | _of_lists(index)
    finally:
        index.close()
    sizes = release.manifest.figures["graphs"]
    sources = {graph: size for graph, size in sizes.items() if "/graph/source/" in graph}
    if sources:
        slug = max(sources, key=lambda graph: sources[graph]).rpartition("/")[2]
        paths |= {"source": f"doc/source/{slug}", "graph": f"graph/source/{slug}"}
    return paths


def _of_everything() -> dict[str, str]:
    names = {"home": "", "sources and credits": "credits", "sitemap": "sitemap.xml", "part": "sitemap-1.xml"}
    plain = ("browse", "map", "timeline", "network", "queries", "quality", "releases", "links", "about")
    return {
        **names,
        **{name: name for name in plain},
        "links missing": "links/missing",
        "concepts": "voc",
        "role": "voc/role/member",
        "search, a word": "search?q=smart",
        "search, a beginning": "search?q=san",
        "search, two words": "search?q=sant+agata",
        "search, nothing": "search?q=zzzzqqq",
        "suggestions": "reconcile/suggest/entity?prefix=mess",
        "reconciliation": "reconcile?queries=" + quote('{"q0":{"query":"Roma","type":"city"}}'),
        "reconciliation, misspelt": "reconcile?queries=" + quote('{"q0":{"query":"Barselona"}}'),
        "lookup": "lookup?scheme=geonames&code=3169070",
    }


def _of_things(index: LabelIndex) -> dict[str, str]:
    """Return the pages of things that have most to show, and of one of no account."""
    found = {}
    largest = {
        "community": _most(index, "membership", "community"),
        "community of signatories": _most(index, "participation", "community"),
        "country": _most(index, "membership", "country"),
        "region": _most(index, "membership", "region"),
    }
    for name, iri in largest.items():
        if iri:
            found[name] = iri
    if "community" in found:
        members = index.browse("city", Filters(communities=(found["community"],)), limit=1).entries
        found |= {"city": members[0].iri} if members else {}
    for kind in ("event", "series", "membership", "participation", "observation", "geometry"):
        listed = index.browse(kind, limit=1).entries
        found |= {kind: listed[0].iri} if listed else {}
    return {name: f"doc/{iri.partition('/id/')[2]}" for name, iri in found.items()} | (
        {"city as Turtle": f"doc/{found['city'].partition('/id/')[2]}.ttl"} if "city" in found else {}
    )


def _most(index: LabelIndex, kind: str, relation: str) -> str:
    """Return the thing to which most things of a kind are tied; empty if none is."""
    options = next((facet.options for facet in index.facets(kind) if facet.filter == relation), ())
    return max(options, key=lambda option: option.things).value if options else ""


def _of_lists(index: LabelIndex) -> dict[str, str]:
    """Return lists: their first page, their last, and what filters leave of them."""
    paths = {}
    for kind in index.classes():
        if kind.key in {"city", "membership", "community", "event", "source"}:
            last = -(-kind.things // 50)
            paths[f"list of {kind.key}"] = f"browse/{kind.key}"
            paths[f"list of {kind.key}, last page"] = f"browse/{kind.key}?page={last}"
    community, country = _most(index, "membership", "community"), _most(index, "city", "country")
    if community and country:
        slugs = f"community={community.rpartition('/')[2]}", f"country={country.rpartition('/')[2]}"
        paths["list of city, of a community"] = f"browse/city?{slugs[0]}"
        paths["list of city, of a country"] = f"browse/city?{slugs[1]}"
        paths["list of membership, by date"] = f"browse/membership?{slugs[0]}&sort=-date"
        paths["map of a community"] = f"map?{slugs[0]}"
        paths["timeline of a community"] = f"timeline?{slugs[0]}"
        paths["search, with a filter"] = f"search?q=san&{slugs[1]}"
    return paths


def measure(shelf: Path, release: Release, storage: str, paths: dict[str, str]) -> Served:
    """Serve a release, and measure the pages one after another."""
    environ = {
        **os.environ,
        "MESMART_PATHS__RELEASES": str(shelf),
        "MESMART_ENGINE__STORAGE": storage,
        "MESMART_WEB__REQUESTS": "0",
    }
    begun = time.perf_counter()
    command = [sys.executable, "-m", "mesmart_kg", "serve", "--port", "0"]
    process = subprocess.Popen(command, cwd=PROJECT, env=environ, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    try:
        words = (word for line in process.stderr for word in line.split())
        url = next(word for word in words if word.startswith("http://"))
        fetch(f"{url}-/health")
        ready = time.perf_counter() - begun
        # What is made in the background for readers to come is made: nobody waits for it.
        for _ in range(3):
            time.sleep(2)  # a disk that is slow looks like a server that rests
            settle(process.pid, 120)
        pages = [measure_page(process.pid, url, name, path) for name, path in paths.items()]
        return Served(
            release.manifest.figures["triples"],
            storage,
            ready,
            Holding.of(process.pid).memory,
            tuple(page for page in pages if page is not None),
        )
    finally:
        process.terminate()
        process.wait(60)
        process.stderr.close()


def measure_page(process: int, url: str, name: str, path: str) -> Page | None:
    """Ask for a page again and again; None if there is no such page in the release."""
    joint = "&" if "?" in path else "?"
    try:
        first, _ = fetch(f"{url}{path}{joint}anew=first")
    except urllib.error.HTTPError as error:
        print(f"  {name}: {error.code} at /{path}")
        return None
    before = processor_seconds(process)
    try:
        times, sizes = zip(*(fetch(f"{url}{path}{joint}anew={n}") for n in range(REPEATS)), strict=True)
    except urllib.error.HTTPError as error:
        print(f"  {name}: {error.code} at /{path}, asked again")
        return None
    # A worker that is replaced takes what it spent with it.
    spent = max(processor_seconds(process) - before, 0.0) * 1000 / REPEATS
    return Page(name, first, statistics.median(times), spent, max(sizes))


def fetch(url: str) -> tuple[float, int]:
    """Return the milliseconds until the last byte of an answer, and how many bytes it has."""
    begun = time.perf_counter()
    with urllib.request.urlopen(urllib.request.Request(url, headers=_HEADERS), timeout=PATIENCE) as response:
        size = len(response.read())
    return (time.perf_counter() - begun) * 1000, size


def show(served: Served) -> None:
    """Print the table of one server."""
    held = {"memory": "in memory", "disk": "on disk"}.get(served.storage, served.storage)
    print(
        f"\n{served.triples:,} triples, {held}: ready after {served.ready:.1f} s, {served.mebibytes:,.0f} MiB"
    )
    print(f"{'page':30}{'first':>10}{'later':>10}{'processor':>12}{'bytes':>12}")
    for page in served.pages:
        print(
            f"{page.name:30}{page.first:7.0f} ms{page.median:7.0f} ms{page.processor:9.0f} ms"
            f"{page.size / 1000:9.1f} kB",
            flush=True,
        )
    slowest, largest = find_slowest(served), find_largest(served)
    print(
        f"slowest: {slowest.name}, {slowest.median:.0f} ms; largest: {largest.name}, {largest.size:,} bytes"
    )


def find_slowest(served: Served) -> Page:
    return max(served.pages, key=lambda page: page.median)


def find_largest(served: Served) -> Page:
    return max(served.pages, key=lambda page: page.size)


def record(served: Served) -> None:
    """Write what people ask for first into the file of figures."""
    found = {
        "page": served.find("city"),
        "community": served.find("community"),
        "list": served.find("list of membership, last page"),
        "search": served.find("search, a beginning"),
        "match": served.find("reconciliation"),
        "slowest": find_slowest(served),
    }
    ending = "disk_milliseconds" if served.storage == "disk" else "milliseconds"
    figures: dict[str, float | str | None] = {
        f"{name}_{ending}": page.median for name, page in found.items() if page is not None
    }
    if served.storage == "disk":
        figures["ready_disk_seconds"] = served.ready
        figures["serving_disk_mebibytes"] = served.mebibytes
    else:
        figures["ready_seconds"] = served.ready
        figures["serving_mebibytes"] = served.mebibytes
        figures["storage"] = "memory"
    record_size(served.triples, **figures, largest_kilobytes=find_largest(served).size / 1000)


if __name__ == "__main__":
    sys.exit(main())
