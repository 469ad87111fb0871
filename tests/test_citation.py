"""Citations keep the rules of their formats, whatever a publisher is called."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from mesmart_kg.citation import Citation, to_apa, to_bibtex, to_cff

IRI = "https://example.org/set/cities/2026-11-22-0123abcd"
PLAIN = Citation(
    IRI, "2026-11-22-0123abcd", "Le città", "Comune di X", date(2026, 11, 22), "https://example.org/licence"
)
HARD = Citation(
    IRI,
    "2026-11-22-0123abcd",
    'Titolo: "uno" # {due} & 50 % \\ tre',
    "- Ente: _A_ & B.",
    date(2026, 1, 2),
    "https://creativecommons.org/licenses/by/4.0/",
    "Riga\ndue",
)

# Citation File Format 1.2.0, guide to the schema: the keys a file may have, and those it must.
REQUIRED = {"authors", "cff-version", "message", "title"}
ALLOWED = REQUIRED | {
    "abstract", "commit", "contact", "date-released", "doi", "identifiers", "keywords", "license",
    "license-url", "preferred-citation", "references", "repository", "repository-artifact",
    "repository-code", "type", "url", "version",
}  # fmt: skip
SPDX = {"CC-BY-4.0", "CC-BY-SA-4.0", "CC0-1.0", "EUPL-1.2"}


def check_cff(told: dict[str, Any], kind: str) -> None:
    """Check what the schema asks of files such as ours."""
    assert set(told) >= REQUIRED
    assert set(told) <= ALLOWED
    assert told["cff-version"] == "1.2.0"
    assert told["type"] == kind
    assert told["authors"]
    for author in told["authors"]:
        # An entity: a person would have family and given names, and nobody's are here.
        assert set(author) <= {"name", "website", "email"}
        assert isinstance(author["name"], str)
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", str(told["date-released"]))
    assert told["url"].startswith("https://")
    assert ("license" in told) != ("license-url" in told)
    assert told.get("license", "CC0-1.0") in SPDX
    for identifier in told.get("identifiers", ()):
        assert identifier["type"] in {"doi", "url", "swh", "other"}
        assert set(identifier) <= {"type", "value", "description"}


@pytest.mark.parametrize("citation", [PLAIN, HARD])
def test_a_citation_file_says_what_it_was_given(citation: Citation) -> None:
    told = yaml.safe_load(to_cff(citation))

    check_cff(told, "dataset")
    assert told["title"] == citation.title
    assert told["authors"] == [{"name": citation.publisher}]
    assert told["version"] == citation.version
    assert told["identifiers"][0]["value"] == IRI
    assert told.get("abstract", "") == citation.summary


def test_a_licence_without_a_known_name_is_cited_by_its_address() -> None:
    assert yaml.safe_load(to_cff(PLAIN))["license-url"] == "https://example.org/licence"
    assert yaml.safe_load(to_cff(HARD))["license"] == "CC-BY-4.0"


def test_signs_that_mean_something_to_tex_are_escaped() -> None:
    text = to_bibtex(HARD)

    assert r"\{due\} \& 50 \% \textbackslash{} tre" in text
    assert text.startswith("@dataset{ente-a-b-2026-11-22-0123abcd,\n")
    plain = re.sub(r"\\textbackslash\{\}|\\[{}]", "", text)
    assert plain.count("{") == plain.count("}")
    assert "  month = jan,\n" in text


def test_an_apa_reference_ends_in_the_iri() -> None:
    assert to_apa(PLAIN) == f"Comune di X. (2026). Le città (Version 2026-11-22-0123abcd) [Data set]. {IRI}"
    assert to_apa(HARD).startswith("- Ente: _A_ & B. (2026). ")


def test_the_software_says_how_to_cite_it(project: Path) -> None:
    told = yaml.safe_load((project / "CITATION.cff").read_text("utf-8"))
    code = yaml.safe_load((project / "publiccode.yml").read_text("utf-8"))

    check_cff(told, "software")
    assert told["title"] == code["name"]
    assert told["version"] == code["softwareVersion"]
    assert told["date-released"] == str(code["releaseDate"])
    assert told["license"] == code["legal"]["license"]
    assert told["authors"] == [{"name": "The mesmart_kg contributors"}]
