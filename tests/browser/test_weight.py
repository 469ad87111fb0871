"""What a first visit carries over the wire, packed, with style, scripts, fonts and pictures."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser
from serving import Server

from .conftest import DESK, PHONE, new_window

LIMIT = 300_000
"""Bytes; issue 4, section 4."""


@pytest.mark.parametrize(("path", "width"), [("/doc/city/it-messina", PHONE), ("/doc/city/it-genova", DESK)])
def test_a_first_visit_to_a_citys_page_is_light(
    browser: Browser, site: Server, path: str, width: int
) -> None:
    """Counted by the browser as it comes in, headers included, even of what lies below the screen."""
    window = new_window(browser, site, width=width, script=True, language="it")
    page = window.new_page()
    wire = window.new_cdp_session(page)
    wire.send("Network.enable")
    kinds: dict[str, str] = {}
    carried: dict[str, int] = {}
    wire.on("Network.responseReceived", lambda told: kinds.update({told["requestId"]: told["type"]}))
    wire.on(
        "Network.loadingFinished",
        lambda told: carried.update({told["requestId"]: int(told["encodedDataLength"])}),
    )
    page.goto(path)
    page.keyboard.press("End")
    page.wait_for_load_state("networkidle")
    window.close()

    by_kind: dict[str, int] = {}
    for each, kind in kinds.items():
        by_kind[kind] = by_kind.get(kind, 0) + carried.get(each, 0)
    assert all(by_kind.get(kind) for kind in ("Document", "Stylesheet", "Script", "Font")), by_kind
    assert sum(carried.values()) < LIMIT, by_kind
