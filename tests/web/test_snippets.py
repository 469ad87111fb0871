"""Queries as programs would send them: text that its language reads as the very same query."""

from __future__ import annotations

import ast
import shutil
import subprocess
from pathlib import Path

import pytest

from mesmart_kg.web.snippets import to_curl, to_python, to_r, to_snippets

ENDPOINT = "https://data.example/sparql"
HOSTILE = (
    'SELECT * {\n  ?s ?p "\\"quoted\\" \\\\ back", \'\'\'a """ b\'\'\' . # $HOME `id` $(id) %s {x}\n'
    'SPARQL\nSPARQL1\n# )-" and )--" are ends of R\'s raw strings\n}'
)


@pytest.mark.parametrize(
    "query", ["ASK {}", "SELECT * { ?s ?p ?o }\n", HOSTILE, "SELECT * { ?s ?p 'é 🏙 \\u202e' }"]
)
def test_the_shell_hands_on_the_query_as_it_is(query: str, tmp_path: Path) -> None:
    """A stand-in for curl writes down what it is given."""
    (tmp_path / "curl").write_text('#!/bin/sh\nprintf "%s\\n" "$1" >&2\nexec cat\n')
    (tmp_path / "curl").chmod(0o755)
    shell = shutil.which("sh") or "/bin/sh"
    path = f"{tmp_path}:/usr/bin:/bin"

    ran = subprocess.run(
        [shell, "-c", to_curl(query, ENDPOINT, "table")], env={"PATH": path}, capture_output=True, check=True
    )

    assert ran.stdout.decode().rstrip("\n") == query.rstrip("\n")
    assert ran.stderr.decode() == f"{ENDPOINT}\n"


@pytest.mark.parametrize(
    "query", ["ASK {}", HOSTILE, 'SELECT * { ?s ?p """long""" }', "ends in a backslash \\"]
)
def test_python_reads_the_query_as_it_is(query: str) -> None:
    program = ast.parse(to_python(query, ENDPOINT, "table"))

    constants = [node.value for node in ast.walk(program) if isinstance(node, ast.Constant)]
    assert f"\n{query.rstrip(chr(10))}\n" in constants
    assert ENDPOINT in constants


def test_r_quotes_the_query_by_what_it_does_not_hold() -> None:
    text = to_r(HOSTILE, ENDPOINT, "table")

    assert f'query <- r"---(\n{HOSTILE}\n)---"' in text


@pytest.mark.parametrize(
    ("query", "accept", "wanted"),
    [
        ("SELECT * { ?s ?p ?o }", "text/csv", "JSON"),
        ("ASK {}", "application/sparql-results+json", "JSON"),
        ("DESCRIBE <http://a/>", "text/turtle", "TURTLE"),
        ("nonsense", "text/csv", "JSON"),
    ],
)
def test_programs_ask_for_what_suits_the_query(query: str, accept: str, wanted: str) -> None:
    curl, python, r = to_snippets(query, ENDPOINT)

    assert f"Accept: {accept}" in curl.text
    assert f"setReturnFormat({wanted})" in python.text
    assert accept in r.text
