"""The shelf, a release, what changed between two, the feed, how to cite and to load: over HTTP."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from xml.etree import ElementTree

import pytest
from inprocess import Client
from two_releases import TwoReleases

from mesmart_kg.catalog import Catalog
from mesmart_kg.changes import Side, merge_releases
from mesmart_kg.config import load_config
from mesmart_kg.namespaces import NAMESPACE
from mesmart_kg.web import create_app, differences
from mesmart_kg.web.problems import BadRequest
from mesmart_kg.web.publication import publication_of
from mesmart_kg.web.server import engine_opener

from .conftest import BROWSER

ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture(scope="module")
def site(two_releases: TwoReleases) -> Iterator[Client]:
    """The site over two releases of the town."""
    shelf = two_releases.after.path.parent
    flags = {"paths.releases": shelf, "engine.workers": 1, "site.publisher": "Lega & co."}
    config = load_config(flags, {}, shelf)
    app = create_app(config, Catalog(shelf), engine_opener(config))
    client = Client(app)
    yield client
    client.close()
    publication_of(app).close()


@pytest.fixture(scope="module")
def diff(two_releases: TwoReleases) -> str:
    return f"/releases/{two_releases.before.id}/diff/{two_releases.after.id}"


def text_of(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", page.partition("<main")[2].partition("</main>")[0]))


def test_the_shelf_tells_in_one_line_what_each_release_brought(
    site: Client, two_releases: TwoReleases
) -> None:
    page = site.get("/releases?lang=en", headers=BROWSER).text

    assert page.index(two_releases.after.id) < page.index(f"/releases/{two_releases.before.id}")
    assert "City +1" in page
    assert f"/releases/{two_releases.before.id}/diff/{two_releases.after.id}?lang=en" in page
    assert "The first release." in page


def test_a_release_that_comes_while_the_server_runs_is_not_hidden_by_an_entity_tag(
    site: Client, two_releases: TwoReleases
) -> None:
    first = site.get("/releases")
    again = site.get("/releases", headers={"If-None-Match": first.headers["ETag"]})
    hidden = two_releases.before.path.parent / ".aside"
    two_releases.before.path.rename(hidden)
    try:
        after = site.get("/releases", headers={"If-None-Match": first.headers["ETag"]})
    finally:
        hidden.rename(two_releases.before.path)

    assert again.status_code == 304
    assert after.status_code == 200
    assert two_releases.before.id not in after.text


def test_a_release_tells_its_files_with_sizes_statements_and_checksums(
    site: Client, two_releases: TwoReleases
) -> None:
    release = two_releases.after
    page = site.get(f"/releases/{release.id}?lang=en", headers=BROWSER).text

    for entry in release.manifest.files:
        if entry.path.startswith("dumps/") and not entry.path.endswith("SUMS"):
            assert f"/releases/{release.id}/{entry.path}" in page
            assert entry.sha256 in page
    assert f"http://localhost/releases/{release.id}/dumps/SHA256SUMS" in page
    assert site.get(f"/releases/{release.id}/dumps/SHA256SUMS").status_code == 200


def recipe(site: Client, two_releases: TwoReleases, name: str) -> str:
    """The commands under a heading of the release's page, as a reader copies them."""
    page = site.get(f"/releases/{two_releases.after.id}?lang=en", headers=BROWSER).text
    section = page.partition(f"<h3>{name} ")[2]
    code = section.partition("<code>")[2].partition("</code>")[0]
    for sign, entity in (('"', "&#34;"), ("'", "&#39;"), ("<", "&lt;"), (">", "&gt;"), ("&", "&amp;")):
        code = code.replace(entity, sign)
    return code


@pytest.mark.parametrize("name", ["rdflib (Python)", "pyoxigraph (Python)"])
def test_what_the_page_says_loads_the_data_into_python(
    site: Client, two_releases: TwoReleases, name: str
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", recipe(site, two_releases, name)],
        cwd=two_releases.after.dumps,
        capture_output=True,
        text=True,
        check=True,
    )
    figures = two_releases.after.manifest.figures
    expected = figures["triples"] + (figures["quads"] if name.startswith("pyoxigraph") else 0)

    assert int(done.stdout) == expected


def test_what_the_page_says_loads_the_data_into_oxigraph(
    site: Client, two_releases: TwoReleases, tmp_path: Path
) -> None:
    command = recipe(site, two_releases, "Oxigraph").splitlines()[0].split()
    program = Path(sys.executable).with_name(command[0])
    if not program.exists():
        pytest.skip("oxigraph is not installed: it comes with the bench group")
    for name in ("default.nt.gz", "dataset.nq.gz"):
        (tmp_path / name).symlink_to(two_releases.after.dumps / name)
    subprocess.run([program, *command[1:]], cwd=tmp_path, capture_output=True, check=True)

    assert (tmp_path / "store").is_dir()


def test_the_other_recipes_name_files_that_are_there(site: Client, two_releases: TwoReleases) -> None:
    for name in ("Apache Jena: TDB2, Fuseki", "QLever"):
        files = re.findall(r"[a-z]+\.n[tq]\.gz", recipe(site, two_releases, name))

        assert files
        assert all((two_releases.after.dumps / file).is_file() for file in files)


def test_the_feed_holds_every_release_under_its_own_name(site: Client, two_releases: TwoReleases) -> None:
    answer = site.get("/releases.atom?lang=en")
    feed = ElementTree.fromstring(answer.content)
    entries = feed.findall(f"{ATOM}entry")

    assert answer.headers["Content-Type"] == "application/atom+xml; charset=utf-8"
    assert feed.findtext(f"{ATOM}id") == f"{NAMESPACE}set/city-communities"
    assert [entry.findtext(f"{ATOM}id") for entry in entries] == [
        f"{NAMESPACE}set/city-communities/{each.id}" for each in (two_releases.after, two_releases.before)
    ]
    assert [entry.findtext(f"{ATOM}updated") for entry in entries] == [
        "2026-11-23T00:00:00Z",
        "2026-11-22T00:00:00Z",
    ]
    assert "City +1" in (entries[0].findtext(f"{ATOM}summary") or "")


def test_the_feed_keeps_the_rules_of_atom(site: Client) -> None:
    """RFC 4287, 4.1.1 and 4.1.2: what a feed and its entries must have, and how often."""
    for language in ("it", "en"):
        feed = ElementTree.fromstring(site.get(f"/releases.atom?lang={language}").content)

        assert feed.get("{http://www.w3.org/XML/1998/namespace}lang") == language
        for element in (feed, *feed.findall(f"{ATOM}entry")):
            for name in ("id", "title", "updated"):
                assert len(element.findall(ATOM + name)) == 1
            assert datetime.fromisoformat(element.findtext(f"{ATOM}updated") or "").tzinfo
        assert feed.findtext(f"{ATOM}author/{ATOM}name") == "Lega & co."
        links = {link.get("rel"): link.get("href") for link in feed.findall(f"{ATOM}link")}
        assert links["self"] == f"http://localhost/releases.atom?lang={language}"


def test_every_page_leads_to_the_feed(site: Client) -> None:
    page = site.get("/releases?lang=it", headers=BROWSER).text

    assert re.search(
        r'<link rel="alternate" type="application/atom\+xml" href="/releases\.atom\?lang=it"', page
    )


def test_a_difference_is_told_in_words(site: Client, diff: str) -> None:
    words = text_of(site.get(f"{diff}?lang=en", headers=BROWSER).text)

    assert "Corinth" in words
    assert "Athens · League" in words
    assert "now also said by" in words
    assert "inferred" in words


def test_a_difference_names_things_in_the_readers_language(site: Client, diff: str) -> None:
    words = text_of(site.get(f"{diff}?lang=it", headers=BROWSER).text)

    assert "Corinto" in words
    assert "Che cosa è cambiato" in words


def test_hostile_names_are_shown_harmlessly(site: Client, diff: str) -> None:
    page = site.get(f"{diff}?lang=en", headers=BROWSER).text

    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<script>alert" not in page
    assert 'dir="auto"' in page


def test_a_difference_is_narrowed_by_kind_of_thing_and_of_change(site: Client, diff: str) -> None:
    cities = text_of(site.get(f"{diff}?lang=en&class=city&change=added", headers=BROWSER).text)
    shown = cities.partition("Thing by thing")[2].partition("By source")[0]

    assert "Corinth" in shown
    assert "Sparta" not in shown
    assert "League" not in shown


@pytest.mark.parametrize(
    "wish", ["class=nothing", "change=x", "page=99999999999999999999", "page=-1", "page=x"]
)
def test_a_wish_that_means_nothing_is_passed_over(site: Client, diff: str, wish: str) -> None:
    assert "Corinth" in site.get(f"{diff}?lang=en&{wish}", headers=BROWSER).text


def test_how_the_data_are_kept_is_told_when_asked_for(site: Client, diff: str) -> None:
    everything = text_of(site.get(f"{diff}?lang=en", headers=BROWSER).text).partition("Thing by thing")[2]
    kept = text_of(site.get(f"{diff}?lang=en&class=entity", headers=BROWSER).text).partition(
        "Thing by thing"
    )[2]

    assert "2026-11-23T00:00:00Z" not in everything
    assert "2026-11-23T00:00:00Z" in kept


def test_a_difference_is_given_to_programs(site: Client, diff: str, two_releases: TwoReleases) -> None:
    answer = site.get(diff, headers={"Accept": "application/json"})
    facts = json.loads(answer.text)

    assert answer.headers["Content-Type"] == "application/json"
    assert (facts["before"], facts["after"]) == (two_releases.before.id, two_releases.after.id)
    assert facts["classes"][f"{NAMESPACE}def#City"] == {"added": 1, "removed": 0, "changed": 2}


def test_a_difference_can_be_applied(site: Client, diff: str, two_releases: TwoReleases) -> None:
    changed: dict[Side, set[bytes]] = {side: set() for side in Side}
    for side, line in merge_releases(two_releases.before, two_releases.after):
        changed[side].add(line)
    added = site.get(f"{diff}/added.nq")
    removed = site.get(f"{diff}/removed.nq")
    patch = site.get(diff, headers={"Accept": "application/rdf-patch"}).content.splitlines(keepends=True)

    assert added.headers["Content-Type"] == "application/n-quads"
    assert set(added.content.splitlines(keepends=True)) == changed[Side.ADDED]
    assert set(removed.content.splitlines(keepends=True)) == changed[Side.REMOVED]
    assert patch[0].decode() == f"H id <{NAMESPACE}set/city-communities/{two_releases.after.id}> .\n"
    assert {row[2:] for row in patch if row.startswith(b"A ")} == changed[Side.ADDED]
    assert {row[2:] for row in patch if row.startswith(b"D ")} == changed[Side.REMOVED]


def test_a_difference_is_not_worked_out_for_those_who_have_it(site: Client, diff: str) -> None:
    first = site.get(diff, headers=BROWSER)
    again = site.get(diff, headers={**BROWSER, "If-None-Match": first.headers["ETag"]})
    other = site.get(diff, headers={"Accept": "application/json", "If-None-Match": first.headers["ETag"]})

    assert again.status_code == 304
    assert other.status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/releases/2020-01-01-00000000/diff/{after}",
        "/releases/{after}/diff/..%2F..%2Fetc",
        "/releases/{after}/diff/current",
        "/releases/{after}/diff/{before}/manifest.json",
        "/releases/2020-01-01-00000000/citation.cff",
        "/releases/compare?from={after}&to=http://evil.example/",
        "/releases/compare",
    ],
)
def test_only_releases_on_the_shelf_are_compared(site: Client, two_releases: TwoReleases, path: str) -> None:
    asked = path.format(before=two_releases.before.id, after=two_releases.after.id)

    assert site.get(asked).status_code == 404


def test_the_form_leads_to_the_difference(site: Client, two_releases: TwoReleases, diff: str) -> None:
    asked = f"/releases/compare?from={two_releases.before.id}&to={two_releases.after.id}&lang=en"
    answer = site.get(asked)

    assert (answer.status_code, answer.headers["Location"]) == (303, f"{diff}?lang=en")


def test_few_wait_for_a_difference_and_the_others_are_sent_away(
    two_releases: TwoReleases, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While somebody else's is being worked out."""
    fresh = differences.Differences(NAMESPACE)
    monkeypatch.setattr(differences, "PATIENCE", 0.01)
    fresh._work.acquire()
    with pytest.raises(BadRequest) as refused:
        fresh.get(two_releases.before, two_releases.after)
    fresh._work.release()

    assert refused.value.status == 503
    assert fresh.get(two_releases.before, two_releases.after).changes.quads.added


def test_differences_that_are_kept_no_longer_leave_no_files(two_releases: TwoReleases) -> None:
    kept = differences.Differences(NAMESPACE)
    folder = kept.get(two_releases.before, two_releases.after).folder
    assert folder.is_dir()
    del kept

    assert not folder.exists()


def test_a_release_says_how_to_cite_it(site: Client, two_releases: TwoReleases) -> None:
    page = site.get(f"/releases/{two_releases.after.id}?lang=en", headers=BROWSER).text
    citation = site.get(f"/releases/{two_releases.after.id}/citation.cff")
    bibtex = site.get(f"/releases/{two_releases.after.id}/citation.bib")
    iri = f"{NAMESPACE}set/city-communities/{two_releases.after.id}"

    assert f'<link rel="cite-as" href="{iri}">' in page
    assert "Lega &amp; co.. (2026)" not in page
    assert iri in citation.text
    assert citation.headers["Content-Type"].startswith("application/yaml")
    assert r"{Lega \& co.}" in bibtex.text
    assert "doi" not in page.lower().partition("<main")[2].partition("</main>")[0]


def test_credits_name_the_sources_and_the_software(site: Client) -> None:
    page = site.get("/credits?lang=en", headers=BROWSER).text

    assert "Avviso della Lega" in page
    assert "http://creativecommons.org/licenses/by-sa/4.0/" in page
    for name in ("pyoxigraph", "Flask", "rdflib", "Werkzeug"):
        assert re.search(rf">{name}<", page, re.I), name
    assert "W3C" in page
    assert site.get("/credits/notices.txt").headers["Content-Type"] == "text/plain; charset=utf-8"
