"""Contexts, frames and examples: what is published stays, all parsers agree, what was written comes back."""

from __future__ import annotations

import gzip
import hashlib
import json
from pathlib import Path
from typing import Any

import pyoxigraph
import pytest
import rdflib
from pyld import jsonld

from mesmart_kg.contexts import Context, read_contexts, read_files, read_frames, relocate
from mesmart_kg.errors import FactError
from mesmart_kg.namespaces import NAMESPACE, PREFIXES
from mesmart_kg.release import Release

from . import records

PUBLISHED = {
    "2026-11-22": "912b5d115bc35a8e59350e54b8bc04ecfe5c81368f865027f56bb5306cf85d7c",
}
"""Each context that was ever published, and its SHA-256: others rely on every byte. Only add to this."""

NAMES = sorted(records.THINGS)


def newest() -> Context:
    return read_contexts(records.PROJECT / "ontology")[0]


def test_a_published_context_never_changes() -> None:
    found = {path.stem: path.read_bytes() for path in records.CONTEXTS.glob("*.jsonld")}

    assert {day: hashlib.sha256(data).hexdigest() for day, data in found.items()} == PUBLISHED


def test_no_context_frame_or_example_leads_elsewhere() -> None:
    assert len(read_files(records.PROJECT / "ontology")) == len(PUBLISHED) + 2 * len(NAMES)


def test_the_prefixes_of_a_context_are_those_of_the_project() -> None:
    told = {name: value for name, value in newest().definitions.items() if name in PREFIXES}

    assert told == dict(PREFIXES)


def test_each_key_says_one_thing_and_no_two_say_the_same() -> None:
    meanings = [
        (newest().expand(name), json.dumps({**meaning, "@id": None}, sort_keys=True))
        for name, meaning in newest().definitions.items()
        if isinstance(meaning, dict)
    ]

    assert len(meanings) == len(set(meanings))
    assert all(iri.startswith(tuple(PREFIXES.values())) for iri, _ in meanings)


def test_each_frame_has_an_example() -> None:
    frames = read_frames(records.PROJECT / "ontology")

    assert [each.name for each in frames] == NAMES
    assert {path.stem for path in records.EXAMPLES.glob("*.jsonld")} == set(NAMES)


@pytest.mark.filterwarnings("ignore:.*is deprecated:DeprecationWarning:rdflib")  # its own parser's doing
@pytest.mark.parametrize("name", NAMES)
def test_all_parsers_read_the_same_in_an_example(name: str) -> None:
    record = records.read_record(records.EXAMPLES / f"{name}.jsonld")
    read = rdflib.Dataset()
    read.parse(data=json.dumps(record), format="json-ld")
    lines = read.serialize(format="nquads")
    by_rdflib = records.to_triples(pyoxigraph.parse(lines, pyoxigraph.RdfFormat.N_QUADS))

    assert len(by_rdflib) > 3
    assert by_rdflib == records.expand_by_oxigraph(record) == records.expand_by_pyld(record)


@pytest.mark.parametrize("name", NAMES)
def test_what_an_example_says_is_framed_as_that_example(name: str) -> None:
    path = records.EXAMPLES / f"{name}.jsonld"
    written = json.loads(path.read_text("utf-8"))
    text = json.dumps(records.read_record(path))
    quads = pyoxigraph.parse(text, pyoxigraph.RdfFormat.JSON_LD)

    framed = records.frame(quads, records.read_record(records.FRAMES / f"{name}.jsonld"))

    assert records.sort_lists({"@context": written["@context"], **framed}) == written


def test_dates_of_any_precision_and_texts_of_any_language_have_a_key() -> None:
    record = {
        "@context": newest().definitions,
        "id": "https://example.org/id/project/1",
        "type": "Project",
        "name": {"it": "Prova", "en": "Trial"},
        "otherName": {"de": ["Versuch", "Probe"]},
        "shortName": ["T"],
        "startYear": "2024",
        "endMonth": "2025-03",
        "issuedDate": "2025-04-01",
        "amount": "12.50",
        "population": 5,
    }
    said = records.expand_by_oxigraph(dict(record))

    assert {triple.split("> ", 2)[2] for triple in said} == {
        "<https://w3id.org/city-communities/def#Project>",
        '"Prova"@it',
        '"Trial"@en',
        '"Versuch"@de',
        '"Probe"@de',
        '"T"',
        '"2024"^^<http://www.w3.org/2001/XMLSchema#gYear>',
        '"2025-03"^^<http://www.w3.org/2001/XMLSchema#gYearMonth>',
        '"2025-04-01"^^<http://www.w3.org/2001/XMLSchema#date>',
        '"12.50"^^<http://www.w3.org/2001/XMLSchema#decimal>',
        '"5"^^<http://www.w3.org/2001/XMLSchema#integer>',
    }


@pytest.mark.parametrize(
    ("file", "text", "message"),
    [
        ("contexts/2026-11-23.jsonld", '{"@context": "https://example.org/c"}', "fetched"),
        ("contexts/2026-11-23.jsonld", '{"@context": {"@import": "https://example.org/c"}}', "fetched"),
        ("contexts/2026-11-23.jsonld", '{"@context": {"a": {"@id": "x:y", "@context": "c"}}}', "fetched"),
        ("frames/City.jsonld", f'{{"@context": "{NAMESPACE}context/2020-01-01"}}', "fetched"),
        ("frames/city.jsonld", "{}", "no name"),
        ("contexts/newest.jsonld", "{}", "no name"),
        ("contexts/2026-11-23.jsonld", "{", "no JSON"),
        ("contexts/2026-11-23.jsonld", "[]", "no @context"),
    ],
)
def test_a_file_that_no_reader_could_rely_on_stops_the_build(
    tmp_path: Path, file: str, text: str, message: str
) -> None:
    (tmp_path / file).parent.mkdir()
    (tmp_path / file).write_text(text, "utf-8")

    with pytest.raises(FactError, match=message):
        read_files(tmp_path)


def test_an_ontology_without_contexts_gives_none(tmp_path: Path) -> None:
    assert read_files(tmp_path) == {}
    assert read_contexts(tmp_path) == ()


def test_a_record_names_its_context_where_the_site_gives_it() -> None:
    text = f'{{"@context": "{NAMESPACE}context/2026-11-22", "note": "{NAMESPACE}context"}}'

    moved = json.loads(relocate(text, 'https://a.example/"x/context'))

    assert moved["@context"] == 'https://a.example/"x/context/2026-11-22'
    assert moved["note"] == f"{NAMESPACE}context"


# --- against the real release ---


@pytest.fixture(scope="session")
def told(release: Release) -> dict[str, pyoxigraph.Dataset]:
    return records.read_told(release)


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_an_example_says_what_the_graph_holds(name: str, told: dict[str, pyoxigraph.Dataset]) -> None:
    """If the data have changed: ``.venv/bin/python tests/contexts/records.py releases`` writes it anew."""
    written = json.loads((records.EXAMPLES / f"{name}.jsonld").read_text("utf-8"))
    framed = records.frame(told[name], records.read_record(records.FRAMES / f"{name}.jsonld"))

    record = records.read_record(records.EXAMPLES / f"{name}.jsonld")
    assert records.expand_by_oxigraph(record) == records.to_triples(told[name])
    assert records.sort_lists({"@context": written["@context"], **framed}) == written


@pytest.mark.slow
def test_a_release_holds_contexts_frames_and_examples(release: Release) -> None:
    for path, data in read_files(records.PROJECT / "ontology").items():
        assert (release.inputs / path).read_bytes() == data


@pytest.mark.slow
def test_every_term_that_the_data_use_can_be_written(release: Release) -> None:
    context = newest()
    keys = {
        context.expand(name) for name, meaning in context.definitions.items() if isinstance(meaning, dict)
    }
    namespaces = tuple(PREFIXES.values())
    figures = release.manifest.figures

    assert set(figures["properties"]) - keys - {f"{PREFIXES['rdf']}type"} == set()
    assert [each for each in figures["classes"] if not each.startswith(namespaces)] == []


@pytest.mark.slow
def test_any_document_of_ours_survives_being_written_in_these_keys(release: Release) -> None:
    """One thing of each class, with all that the default graph says of it."""
    samples = sample_of_each_class(release)
    context: dict[str, Any] = {"@context": newest().definitions}
    for lines in samples.values():
        expanded = jsonld.from_rdf("".join(lines), {"useNativeTypes": False})
        compacted = jsonld.compact(expanded, context, {"documentLoader": records.refuse})

        assert records.expand_by_oxigraph(compacted) == records.to_triples(
            pyoxigraph.parse("".join(lines), pyoxigraph.RdfFormat.N_TRIPLES)
        )
        assert not any(
            key.startswith("http") for node in compacted.get("@graph", [compacted]) for key in node
        )


def sample_of_each_class(release: Release) -> dict[str, list[str]]:
    """Return all lines about the first thing of each class, by class; lines are sorted by subject."""
    chosen: dict[str, list[str]] = {}
    about: list[str] = []
    subject = ""
    with gzip.open(release.default_ntriples, "rt", encoding="utf-8") as lines:
        for line in [*lines, "<end> "]:
            if not line.startswith(f"{subject} "):
                for each in about:
                    _, predicate, value = each.split(" ", 2)
                    if predicate.endswith("#type>"):
                        chosen.setdefault(value, about)
                subject, about = line.partition(" ")[0], []
            about.append(line)
    return chosen
