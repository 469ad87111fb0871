"""What the workbench's script needs of a page: addresses, formats, where own things are shown, and its words.

The script holds no words of its own. Those here are for what it alone says, in the reader's language; what a
page without a script shows as well stands in its templates. ``{braces}`` are for the script to fill.
"""

from __future__ import annotations

from importlib.metadata import version
from typing import Any, Final

from flask import request, url_for

from mesmart_kg import formats
from mesmart_kg.formats import Format
from mesmart_kg.namespaces import CC, NAMESPACE, SHAPES, VOC
from mesmart_kg.web.languages import language, translate
from mesmart_kg.web.publication import published

LONGEST_ADDRESS: Final = 6000
"""Characters of an address that every server, proxy and browser on the way takes."""


def read_leaf() -> int:
    """Return which leaf of an answer is asked for: the parameter ``page``; the first if it is no number."""
    text = request.args.get("page", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 6 else 1


def to_settings() -> dict[str, Any]:
    """Return what the script is told, for an attribute of the page."""
    here = published()
    base = here.config.site.base_iri
    return {
        "language": language(),
        # The language stands in the address, so that an error is told in that of the page.
        "ask": url_for("sparql.answer", lang=language()),
        "answer": url_for("sparql.answer"),
        "snippets": url_for("sparql.snippets"),
        "completion": url_for("sparql.completion", release=here.release.id, v=version("mesmart_kg")),
        "suggest": "/search/suggest",
        "longest": LONGEST_ADDRESS,
        "tables": [_describe(each) for each in (*formats.RESULT_FORMATS, formats.RESULTS_XLSX)],
        "maps": [_describe(formats.RESULTS_GEOJSON)],
        "graphs": [_describe(each) for each in formats.RDF_FORMATS],
        # Where the things of an IRI are shown, the longest beginning first: as ``links.find_path`` says.
        "places": [
            [f"{base}id/", "/doc/"],
            [CC, "/def#"],
            [SHAPES, "/shapes#"],
            [VOC, "/voc/"],
            [f"{NAMESPACE}def", "/def"],
            [base, "/"],
        ],
        "words": _words(),
        "phrases": _phrases(),
    }


def _describe(format: Format) -> dict[str, str]:
    return {"name": format.name, "label": format.label}


def _words() -> dict[str, str]:
    return {
        "asking": translate("Asking…"),
        "seconds": translate("{seconds} s"),
        "rows_one": translate("One row, in {seconds} s."),
        "rows": translate("{count} rows, in {seconds} s."),
        "none": translate("No row fits the question ({seconds} s)."),
        "yes": translate("Yes"),
        "no": translate("No"),
        "truth": translate("Answered in {seconds} s."),
        "graph": translate("{count} lines of Turtle, in {seconds} s."),
        "cut": translate(
            "These are the first {count} rows: more would be too much for this page. The downloads have all."
        ),
        "cut_graph": translate("This is the beginning only. The downloads have all."),
        "stopped": translate("Stopped after {seconds} s. The server works on it no longer."),
        "unreachable": translate("No answer came: the connection broke off. Try again."),
        "cut_cell": translate("Cut here; the downloads have all of it."),
        "leaf": translate("Rows {first} to {last} of {count}"),
        "sort": translate("Sort by {name}"),
        "too_long": translate(
            "The query is too long to be passed on as an address: pass on its text instead."
        ),
        "copied": translate("Copied."),
        "not_copied": translate("Copying is not allowed here: select the text and copy it."),
        "no_numbers": translate("A chart needs a column of numbers, and there is none in this answer."),
        "chart_of": translate("{value} by {label}"),
        "chart_cut": translate("The chart shows the first {count} rows."),
        "no_places": translate("None of the rows has a place on the map."),
        "points": translate("{count} places on the map."),
        "editor": translate("Your query, in SPARQL. Escape, then Tab, leaves the editor."),
        "kind_class": translate("class"),
        "kind_property": translate("property"),
        "kind_thing": translate("in the data"),
        "variable": translate("variable of this query"),
        "prefix": translate("prefix"),
        "loaded": translate("The question is in the editor: {title}"),
    }


def _phrases() -> dict[str, str]:
    """Return the words of the editor itself, by the English ones that it was written with."""
    return {
        "Find": translate("Find"),
        "Replace": translate("Replace with"),
        "next": translate("next"),
        "previous": translate("previous"),
        "all": translate("all"),
        "match case": translate("match case"),
        "regexp": translate("regular expression"),
        "by word": translate("whole words"),
        "replace": translate("replace"),
        "replace all": translate("replace all"),
        "close": translate("close"),
        "current match": translate("present match"),
        "on line": translate("on line"),
        "replaced match on line $": translate("replaced the match on line $"),
        "replaced $ matches": translate("replaced $ matches"),
        "Completions": translate("Suggestions"),
        "Go to line": translate("Go to line"),
        "go": translate("go"),
        "Diagnostics": translate("What is wrong"),
        "No diagnostics": translate("Nothing is wrong"),
        "Control character": translate("Invisible sign"),
        "Selection deleted": translate("Selection deleted"),
    }
