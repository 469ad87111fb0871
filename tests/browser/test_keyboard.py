"""The Tab key, from the first link of a page to the last: in the order of the page, seen, and never stuck."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page

from .conftest import DESK, PHONE, OpenPage

MOST_STOPS = 600

# Where the focus is: its place in the document, whether it can be seen there, and whether a reader sees that
# it is the one. In an editor, whose parts are in a shadow tree, the editor is asked.
STOP = """() => {
  const focused = document.activeElement;
  if (!focused || focused === document.body) return null;
  const inner = focused.shadowRoot?.activeElement;
  const parts = [focused];
  for (let part = inner; part; part = part.parentElement) parts.push(part);
  const isMarked = parts.some((each) => {
    const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(each);
    return boxShadow !== 'none' || (outlineStyle !== 'none' && outlineWidth !== '0px');
  });
  const { width, height } = focused.getBoundingClientRect();
  const isSeen = focused.checkVisibility({ visibilityProperty: true, opacityProperty: true });
  return {
    place: [...document.querySelectorAll('*')].indexOf(focused),
    isEditor: Boolean(inner),
    isMarked,
    isSeen: isSeen && width > 0 && height > 0,
    text: focused.outerHTML.slice(0, 160),
  };
}"""


def walk(page: Page) -> list[dict[str, Any]]:
    """Press Tab until the focus leaves the page; return each stop."""
    stops: list[dict[str, Any]] = []
    while len(stops) < MOST_STOPS:
        if stops and stops[-1]["isEditor"]:
            page.keyboard.press("Escape")  # as the page says: Tab indents a query
        page.keyboard.press("Tab")
        stop = page.evaluate(STOP)
        if stop is None:
            return stops
        if stop["isEditor"] or not (stop["isSeen"] and stop["isMarked"]):
            # A busy browser marks what has the focus a moment later; so does CodeMirror, always.
            page.wait_for_timeout(100)
            stop = page.evaluate(STOP)
        stops.append(stop)
    pytest.fail(f"the focus never leaves the page: {stops[-1]['text']}")


@pytest.mark.parametrize(
    ("path", "width", "least"),
    [
        ("/", DESK, 40),
        ("/", PHONE, 40),
        ("/sparql?query=ASK%7B%7D", DESK, 20),
        ("/sparql", PHONE, 15),
        ("/search?q=genoa", DESK, 25),
        ("/map?community=oasc", DESK, 20),
        ("/nothing-here", PHONE, 8),
    ],
)
def test_tab_goes_through_the_page_in_its_order(
    page_at: OpenPage, complaints: list[str], path: str, width: int, least: int
) -> None:
    page = page_at(path, width=width)
    stops = walk(page)
    places = [stop["place"] for stop in stops]

    assert len(stops) >= least
    assert places == sorted(set(places))
    assert [stop["text"] for stop in stops if not stop["isSeen"]] == []
    assert [stop["text"] for stop in stops if not stop["isMarked"]] == []
    assert complaints == []


@pytest.mark.parametrize("path", ["/", "/sparql?query=ASK%7B%7D"])
def test_with_forced_colours_the_focus_is_seen_and_fields_have_edges(page_at: OpenPage, path: str) -> None:
    """A reader's own colours take away shadows and backgrounds: what they told needs a line."""
    page = page_at(path, forced_colors="active")
    unmarked = [stop["text"] for stop in walk(page) if not stop["isMarked"]]
    edgeless = page.eval_on_selector_all(
        "input:not([type=hidden]), select, textarea, button.btn, a.btn",
        """all => all.filter((each) => each.checkVisibility()).filter((each) => {
          const { borderBottomStyle, borderBottomWidth, textDecorationLine } = getComputedStyle(each);
          const hasEdge = borderBottomStyle !== 'none' && borderBottomWidth !== '0px';
          return !hasEdge && textDecorationLine === 'none';
        }).map((each) => each.outerHTML.slice(0, 160))""",
    )

    assert unmarked == []
    assert edgeless == []
