"""Home, map, timeline and network over data that have little or nothing of what they show."""

from __future__ import annotations

import pytest
from inprocess import Client

from .conftest import BROWSER

PAGES = ("/map", "/timeline", "/network")


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("language", ["it", "en"])
def test_without_data_the_page_says_so(client: Client, path: str, language: str) -> None:
    page = client.get(f"{path}?lang={language}", headers=BROWSER)

    assert page.status_code == 200
    assert f'<html lang="{language}">' in page.text
    assert 'class="note"' in page.text
    assert page.text.count("<h1") == 1
    assert " style=" not in page.text


@pytest.mark.parametrize("path", ["/map?community=nonsense", "/timeline?series=%3Cscript%3E"])
def test_a_filter_by_what_is_not_there_leads_nowhere(client: Client, path: str) -> None:
    page = client.get(path, headers=BROWSER)

    assert page.status_code == 404
    assert "<script>" not in page.text


@pytest.mark.parametrize("path", ["/", *PAGES])
def test_a_page_that_is_known_is_not_sent_again(client: Client, path: str) -> None:
    first = client.get(path, headers=BROWSER)
    again = client.get(path, headers=BROWSER | {"If-None-Match": first.headers["ETag"]})

    assert again.status_code == 304
    assert not again.content
    assert "Accept-Language" in first.headers["Vary"]


def test_home_of_other_data_speaks_of_its_own_city_only(client: Client) -> None:
    """The small release knows who is in which community, but neither dates, events nor counts."""
    page = client.get("/?lang=it", headers=BROWSER).text

    assert "Messina</a> e le sue comunità" in page
    assert 'id="growth"' not in page
    assert 'id="where"' not in page
    assert 'id="recent"' not in page
    assert "charts-" not in page
