"""A query as a program would send it: with curl, from Python, from R. Text to copy, which runs as it is.

A query may hold any character, so each language quotes it in the way that changes least: a here-document, a
string in three quotes, a raw string. Specification: the SPARQL 1.1 Protocol, section 2.1.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import count
from typing import Final

from mesmart_kg import formats
from mesmart_kg.query_text import examine

_DELIMITER: Final = "SPARQL"


@dataclass(frozen=True)
class Snippet:
    """A program: the name of its language, as people write it, and its text."""

    name: str
    language: str
    text: str


def to_snippets(query: str, endpoint: str) -> tuple[Snippet, ...]:
    """Return programs that send a query to an endpoint, given by its whole address."""
    asked = examine(query)
    kind = "graph" if asked.makes_graph else "truth" if asked.form == "ASK" else "table"
    return (
        Snippet("curl", "curl", to_curl(query, endpoint, kind)),
        Snippet("Python (SPARQLWrapper)", "python", to_python(query, endpoint, kind)),
        Snippet("R (httr2)", "r", to_r(query, endpoint, kind)),
    )


def to_curl(query: str, endpoint: str, kind: str) -> str:
    """Return a command for a POSIX shell."""
    lines = query.splitlines()
    delimiter = next(
        word
        for number in count()
        if (word := f"{_DELIMITER}{number or ''}") not in {line.strip() for line in lines}
    )
    return (
        f"curl {_quote_shell(endpoint)} \\\n"
        f"  --header {_quote_shell(f'Accept: {_media_type(kind)}')} \\\n"
        f"  --data-urlencode 'query@-' <<'{delimiter}'\n{_ended(query)}{delimiter}\n"
    )


def to_python(query: str, endpoint: str, kind: str) -> str:
    """Return a program for Python with the package SPARQLWrapper."""
    text = query.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
    body = {
        "table": 'for row in endpoint.queryAndConvert()["results"]["bindings"]:\n'
        '    print({name: term["value"] for name, term in row.items()})\n',
        "truth": 'print(endpoint.queryAndConvert()["boolean"])\n',
        "graph": "print(endpoint.queryAndConvert().decode())\n",
    }[kind]
    wanted = "TURTLE" if kind == "graph" else "JSON"
    return (
        f"from SPARQLWrapper import POST, {wanted}, SPARQLWrapper\n\n"
        f"endpoint = SPARQLWrapper({_quote_double(endpoint)})\n"
        "endpoint.setMethod(POST)\n"
        f"endpoint.setReturnFormat({wanted})\n"
        f'endpoint.setQuery("""\n{_ended(text)}""")\n{body}'
    )


def to_r(query: str, endpoint: str, kind: str) -> str:
    """Return a program for R, 4.2 or later, with the package httr2."""
    dashes = "-" * next(number for number in count(1) if f'){"-" * number}"' not in query)
    reading = "  read.csv(text = _)" if kind == "table" else "  cat()"
    return (
        "library(httr2)\n\n"
        f'query <- r"{dashes}(\n{_ended(query)}){dashes}"\n\n'
        f"request({_quote_double(endpoint)}) |>\n"
        f'  req_headers(Accept = "{_media_type(kind)}") |>\n'
        "  req_body_form(query = query) |>\n"
        "  req_perform() |>\n"
        "  resp_body_string() |>\n"
        f"{reading}\n"
    )


def _media_type(kind: str) -> str:
    chosen = {"table": formats.RESULTS_CSV, "truth": formats.RESULTS_JSON, "graph": formats.TURTLE}[kind]
    return chosen.media_type


def _ended(text: str) -> str:
    return text if text.endswith("\n") else f"{text}\n"


def _quote_shell(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


def _quote_double(text: str) -> str:
    return '"' + re.sub(r'(["\\])', r"\\\1", text) + '"'
