"""Where a thing has more members than a page lists, its page stays bounded and leads to the rest."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from inprocess import Client

from mesmart_kg.catalog import Catalog
from mesmart_kg.config import load_config
from mesmart_kg.release import Release
from mesmart_kg.web import create_app
from mesmart_kg.web.publication import publication_of
from mesmart_kg.web.server import engine_opener

BROWSER = {"Accept": "text/html"}
LISTED, DRAWN = 10, 60
COMMUNITY = "/doc/community/oasc"


def serve(release: Release, **settings: object) -> Iterator[Client]:
    shelf = release.path.parent
    given = {name.replace("__", "."): value for name, value in settings.items()}
    config = load_config({"paths.releases": shelf, **given}, {}, shelf)
    config = replace(config, engine=replace(config.engine, workers=2))
    app = create_app(config, Catalog(shelf), engine_opener(config))
    yield Client(app)
    publication_of(app).close()


@pytest.fixture(scope="module")
def whole(release: Release) -> Iterator[Client]:
    """The site as it is set up: of the real release every list fits into one page."""
    yield from serve(release)


@pytest.fixture(scope="module", params=["memory", "disk"])
def paged(request: pytest.FixtureRequest, release: Release) -> Iterator[Client]:
    """The same, with pages of ten and little that is drawn."""
    yield from serve(release, web__listed=LISTED, web__drawn=DRAWN, engine__storage=request.param)


@pytest.fixture(scope="module")
def halfway(release: Release) -> Iterator[Client]:
    """Pages of ten, but all of it drawn: what many ties tell together is told."""
    yield from serve(release, web__listed=LISTED)


def rows(page: str, caption: str) -> list[str]:
    """Return what leads each row of the table with a caption: the address of who it is about."""
    table = re.search(
        rf'<table class="ties">\s*<caption>{re.escape(caption)}</caption>(.*?)</table>', page, re.S
    )
    return re.findall(r'<th scope="row">.*?href="([^"?]*)', table[1], re.S) if table else []


def read(client: Client, path: str) -> str:
    answer = client.get(path, headers=BROWSER)
    assert answer.status_code == 200, path
    return answer.text


MEMBERS = "Members of Open &amp; Agile Smart Cities that a source names"


def test_the_real_release_fits_into_one_page_each(whole: Client) -> None:
    page = read(whole, f"{COMMUNITY}?lang=en")

    assert len(rows(page, MEMBERS)) > 60
    assert 'rel="next"' not in page
    assert 'rel="next"' not in read(whole, "/timeline?lang=en")
    assert 'rel="next"' not in read(whole, "/credits?lang=en")


def test_a_large_community_is_listed_page_by_page_and_nobody_is_lost(whole: Client, paged: Client) -> None:
    everybody = rows(read(whole, f"{COMMUNITY}?lang=en"), MEMBERS)
    pages = -(-len(everybody) // LISTED)

    found = []
    for number in range(1, pages + 1):
        page = read(paged, f"{COMMUNITY}?lang=en&page={number}")
        here = rows(page, MEMBERS)
        assert 0 < len(here) <= LISTED
        found += here
        assert ('<link rel="prev"' in page) == (number > 1)
        assert ('<link rel="next"' in page) == (number < pages)
        canonical = re.search(r'<link rel="canonical" href="([^"]*)">', page)
        assert canonical is not None
        assert canonical[1].endswith(COMMUNITY + (f"?page={number}" if number > 1 else ""))

    assert sorted(found) == sorted(everybody)


def test_a_page_beyond_the_last_is_not_there(paged: Client) -> None:
    assert paged.get(f"{COMMUNITY}?page=99", headers=BROWSER).status_code == 404
    assert paged.get("/timeline?page=99", headers=BROWSER).status_code == 404
    assert paged.get("/credits?page=99", headers=BROWSER).status_code == 404


def test_what_has_no_pages_is_not_disturbed_by_a_number(paged: Client) -> None:
    page = read(paged, "/doc/membership/oasc--it-messina?lang=en&page=7")

    assert re.search(r'<link rel="canonical" href="[^"?]*/doc/membership/oasc--it-messina">', page)


def test_the_figures_are_of_all_members_and_not_of_the_page(whole: Client, paged: Client) -> None:
    figures = re.compile(r'<dl class="figures">(.*?)</dl>', re.S)
    all_of_them, here = (figures.search(read(client, f"{COMMUNITY}?lang=en")) for client in (whole, paged))

    assert all_of_them is not None
    assert here is not None
    count = re.compile(r"<dt>members that sources name</dt><dd>(\d+)</dd>")
    assert count.findall(here[1]) == count.findall(all_of_them[1]) != []


def test_a_page_of_ten_is_a_small_page(whole: Client, paged: Client) -> None:
    for path in (COMMUNITY, "/doc/country/it", "/timeline"):
        assert len(read(paged, f"{path}?lang=en")) < len(read(whole, f"{path}?lang=en")), path


def test_what_members_tell_together_is_told_up_to_what_is_drawn(
    whole: Client, halfway: Client, paged: Client
) -> None:
    by_country = "Members of Open &amp; Agile Smart Cities that a source names, by country"
    told = re.compile(rf"<caption>{re.escape(by_country)}</caption>(.*?)</table>", re.S)
    cells = re.compile(r"<td[^>]*>(?:<data[^>]*>)?(\d+)")

    def tallies(client: Client) -> list[str] | None:
        found = told.search(read(client, f"{COMMUNITY}?lang=en"))
        return cells.findall(found[1]) if found else None

    assert tallies(whole)
    assert tallies(halfway) == tallies(whole)
    assert tallies(paged) is None
    assert "too many members to compare" in read(paged, f"{COMMUNITY}?lang=en")


def test_waves_count_all_who_came_in_and_lead_to_them(whole: Client, halfway: Client) -> None:
    waves = re.compile(r"<caption>Waves in which cities joined[^<]*</caption>(.*?)</table>", re.S)
    counts = re.compile(r'<td class="right">(\d+)</td>')
    one, other = (waves.search(read(client, f"{COMMUNITY}?lang=en")) for client in (whole, halfway))

    assert one is not None
    assert other is not None
    assert counts.findall(other[1]) == counts.findall(one[1])
    assert "#joined" in other[1]


def test_a_wave_is_listed_page_by_page(whole: Client, paged: Client) -> None:
    caption = re.compile(r'<table class="ties">\s*<caption>(Who joined in [^<]*)</caption>')
    page = read(whole, "/doc/event/oasc-wave-1?lang=en")
    named = caption.search(page)
    assert named is not None
    everybody = rows(page, named[1])
    assert len(everybody) > LISTED

    found = []
    for number in range(1, -(-len(everybody) // LISTED) + 1):
        found += rows(read(paged, f"/doc/event/oasc-wave-1?lang=en&page={number}"), named[1])

    assert sorted(found) == sorted(everybody)


def test_a_country_is_listed_page_by_page(whole: Client, paged: Client) -> None:
    shown = re.compile(r"(\d+) to (\d+) of (\d+)")
    first = shown.search(read(paged, "/doc/country/it?lang=en"))

    assert first is not None
    assert first[1] == "1"
    assert first[2] == str(LISTED)
    assert int(first[3]) >= 30
    assert shown.search(read(whole, "/doc/country/it?lang=en")) is None


def test_the_timeline_has_everything_on_one_page_or_another(whole: Client, paged: Client) -> None:
    entries = re.compile(r'<li class="(?:accession|event)">(.*?)</li>', re.S)
    everything = entries.findall(read(whole, "/timeline?lang=en"))
    assert len(everything) > 5 * LISTED

    found = []
    for number in range(1, -(-len(everything) // LISTED) + 1):
        here = entries.findall(read(paged, f"/timeline?lang=en&page={number}"))
        assert len(here) <= LISTED
        found += here

    assert found == everything


def test_the_chart_of_years_is_of_all_pages(whole: Client, paged: Client) -> None:
    chart = re.compile(r"<caption>Events and new members in each year</caption>(.*?)</table>", re.S)
    one, other = (chart.search(read(client, "/timeline?lang=en")) for client in (whole, paged))

    assert one is not None
    assert other is not None
    assert other[1] == one[1]


def test_companions_are_looked_for_among_as_many_as_are_drawn(whole: Client, paged: Client) -> None:
    left_out = "Looked for among the members of all but the largest communities"
    path = "/doc/city/it-messina?lang=en"

    assert left_out not in read(whole, path)
    page = read(paged, path)
    assert left_out in page
    assert "Open &amp; Agile Smart Cities" in page.partition(left_out)[2].partition("</p>")[0]


def test_a_community_that_is_no_option_of_the_map_can_be_drawn_too(paged: Client) -> None:
    assert paged.get("/map?community=anci", headers=BROWSER).status_code == 200
    assert paged.get("/map?community=nobody-at-all", headers=BROWSER).status_code == 404


def test_every_document_is_in_the_sitemap_once(whole: Client) -> None:
    parts = re.findall(r"<loc>[^<]*(/sitemap-\d+\.xml)</loc>", whole.get("/sitemap.xml").text)
    found: list[str] = []
    for part in parts:
        text = whole.get(part).text
        assert len(text) < 2_000_000
        found += re.findall(r"<loc>([^<?]*)\?lang=en</loc>", text)

    assert len(found) == len(set(found)) > 10_000
    assert any(each.endswith("/doc/city/it-messina") for each in found)
    assert any(each.endswith("/voc/topic/smart-city") for each in found)
