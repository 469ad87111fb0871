"""Every term that the project uses exists where it is said to come from, and every prefix means one thing.

Foreign terms are looked up as subjects in the official files of ``../shared/vocabularies``, our own in
``ontology/`` and ``data/concepts/``.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from mesmart_kg import formats
from mesmart_kg.facts import read_facts
from mesmart_kg.namespaces import CC, NAMESPACE, PREFIXES, VOC, expand
from mesmart_kg.store import Literal, NamedNode, Quad, parse

TYPE = NamedNode(expand("rdf:type"))
SPARQL_IN_SHAPES = (expand("sh:select"), expand("sh:ask"))

OWN_PREFIXES = ("cc", "voc", "shapes")
# Namespaces of things, not of terms: countries, licences, municipalities; items and properties of Wikidata,
# of which there is no official file; nor is there one of VoID's extension, whose words the design gives.
AUTHORITY_PREFIXES = ("at", "cv", "wd", "wdt", "void-ext")
VOCABULARIES = tuple(iri for name, iri in PREFIXES.items() if name not in OWN_PREFIXES + AUTHORITY_PREFIXES)
AUTHORITIES = (PREFIXES["at"], PREFIXES["cv"])

# Words of the project's folders that hold RDF or SPARQL.
FOLDERS = ("data", "ontology", "queries", "shapes")

_PREFIX = re.compile(r"^\s*(?:@prefix|PREFIX)\s+([\w-]*):\s*<([^>]*)>", re.MULTILINE | re.IGNORECASE)
_SPARQL = re.compile(
    r"""
      (?P<string>\"{3}.*?\"{3} | "(?:[^"\\\n]|\\.)*" | '(?:[^'\\\n]|\\.)*')
    | (?P<iri><[^<>"{}|^`\\\s]*>)
    | (?P<comment>\#[^\n]*)
    | (?P<name>\b[A-Za-z][\w-]*:[\w-]+)
    """,
    re.VERBOSE | re.DOTALL,
)
_PREFIXED = re.compile(r"([a-z][a-z0-9-]*):([A-Za-z][\w-]*)")


@dataclass(frozen=True)
class Use:
    """A term and a place that uses it; ``certainly`` a term, by its position, or only by its namespace."""

    iri: str
    place: str
    certainly: bool = False


# -- what is used --------------------------------------------------------------------------------------------


def uses_in_quads(quads: Iterator[Quad], place: str) -> Iterator[Use]:
    for quad in quads:
        yield Use(quad.predicate.value, place, certainly=True)
        value = quad.object
        if isinstance(value, NamedNode):
            yield Use(value.value, place, certainly=quad.predicate == TYPE)
        elif isinstance(value, Literal):
            yield Use(value.datatype.value, place, certainly=True)
        if isinstance(quad.subject, NamedNode):
            yield Use(quad.subject.value, place)


def uses_in_sparql(
    text: str, place: str, prefixes: Mapping[str, str] = MappingProxyType({})
) -> Iterator[Use]:
    """Every absolute IRI and prefixed name outside strings and comments; relative IRIs are our own things.

    ``prefixes`` are those that hold beside the ones the text declares.
    """
    declared = {**prefixes, **dict(_PREFIX.findall(text))}
    for match in _SPARQL.finditer(_PREFIX.sub("", text)):
        if match["iri"] and ":" in match["iri"]:
            yield Use(match["iri"][1:-1], place)
        elif match["name"]:
            prefix, _, local = match["name"].partition(":")
            if prefix in declared:
                yield Use(declared[prefix] + local, place)
            else:
                yield Use(f"undeclared prefix in {match['name']}", place, certainly=True)


def uses_in_metadata(path: Path, place: str) -> Iterator[Use]:
    """The URI templates of a CSVW description; what follows a variable is known only from the rows."""

    def walk(part: Any) -> Iterator[Use]:
        if isinstance(part, list):
            for inner in part:
                yield from walk(inner)
        elif isinstance(part, dict):
            for key, value in part.items():
                if key in ("propertyUrl", "valueUrl", "aboutUrl", "@id") and isinstance(value, str):
                    yield from of_template(value, key == "propertyUrl")
                elif key.startswith("http"):
                    yield Use(key, place, certainly=True)
                yield from walk(value)

    def of_template(template: str, certainly: bool) -> Iterator[Use]:
        if "{" in template:
            return
        prefix, colon, local = template.partition(":")
        if template.startswith(("http:", "https:")):
            yield Use(template, place, certainly)
        elif colon:
            yield Use(PREFIXES.get(prefix, f"undeclared prefix in {prefix}:") + local, place, certainly)

    yield from walk(json.loads(path.read_text(encoding="utf-8")))


def uses_in_code(path: Path, place: str) -> Iterator[Use]:
    """String constants that look like prefixed names of a namespace of ours, such as ``"skos:prefLabel"``."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            match = _PREFIXED.fullmatch(node.value)
            if match and match[1] in PREFIXES and match[1] not in AUTHORITY_PREFIXES:
                yield Use(expand(node.value), place, certainly=True)


@pytest.fixture(scope="module")
def uses(project: Path) -> frozenset[Use]:
    """Every use of a term in the project, each place once."""
    found: set[Use] = set()
    for block in read_facts(project / "data", NAMESPACE):
        found.update(uses_in_quads(iter(block.quads), block.file))
    for folder in FOLDERS:
        for path in sorted((project / folder).rglob("*")):
            place = path.relative_to(project).as_posix()
            if path.suffix == ".ttl" and folder != "data":
                quads = list(parse(path, formats.TURTLE, NAMESPACE))
                found.update(uses_in_quads(iter(quads), place))
                for quad in quads:
                    if quad.predicate.value in SPARQL_IN_SHAPES and isinstance(quad.object, Literal):
                        found.update(uses_in_sparql(quad.object.value, place, PREFIXES))
            elif path.suffix == ".rq":
                found.update(uses_in_sparql(path.read_text(encoding="utf-8"), place))
            elif path.name.endswith(".csv-metadata.json"):
                found.update(uses_in_metadata(path, place))
    for path in sorted((project / "src").rglob("*.py")):
        found.update(uses_in_code(path, path.relative_to(project).as_posix()))
    return frozenset(found)


@pytest.fixture(scope="module")
def known(shared: Path) -> frozenset[str]:
    """The subjects of all official files."""
    return frozenset(
        quad.subject.value
        for path in sorted((shared / "vocabularies").rglob("*.ttl"))
        if "shapes" not in path.parts and "dcat-ap-shapes" not in path.parts
        for quad in parse(path, formats.TURTLE, path.as_uri())
        if isinstance(quad.subject, NamedNode)
    )


def by_term(uses: set[Use]) -> dict[str, list[str]]:
    """For a message that helps: each unknown term with where it is used."""
    found: dict[str, list[str]] = {}
    for use in sorted(uses, key=lambda use: (use.iri, use.place)):
        found.setdefault(use.iri, []).append(use.place)
    return found


# -- what must be so -----------------------------------------------------------------------------------------


@pytest.mark.slow
def test_every_foreign_term_exists_in_its_vocabulary(uses: frozenset[Use], known: frozenset[str]) -> None:
    foreign = {
        use
        for use in uses
        if not use.iri.startswith(NAMESPACE) and (use.certainly or use.iri.startswith(VOCABULARIES))
    }
    assert len({use.iri for use in foreign}) > 100
    # The bare namespace is no term: it appears in strings of prefixes and as a vocabulary's own IRI.
    assert by_term({use for use in foreign if use.iri not in known and use.iri not in VOCABULARIES}) == {}


@pytest.mark.slow
def test_every_entry_of_an_authority_s_table_exists_in_that_table(
    uses: frozenset[Use], known: frozenset[str]
) -> None:
    """Checked for each table that the shared folder holds: countries, languages, municipalities …"""
    tables = {iri.rpartition("/")[0] for iri in known if iri.startswith(AUTHORITIES)}
    entries = {
        use for use in uses if use.iri.startswith(AUTHORITIES) and use.iri.rpartition("/")[0] in tables
    }
    assert len({use.iri for use in entries}) > 100
    assert by_term({use for use in entries if use.iri not in known}) == {}


@pytest.mark.slow
def test_every_term_of_our_own_is_defined(uses: frozenset[Use], project: Path) -> None:
    defined = {
        quad.subject.value
        for path in [*(project / "ontology").glob("*.ttl"), *(project / "data" / "concepts").glob("*.ttl")]
        for quad in parse(path, formats.TURTLE, NAMESPACE)
        if isinstance(quad.subject, NamedNode)
    }
    ours = {use for use in uses if use.iri.startswith((CC, VOC)) and use.iri not in (CC, VOC)}
    assert by_term({use for use in ours if use.iri not in defined}) == {}


def test_every_prefix_means_the_same_in_all_files(project: Path) -> None:
    wrong = []
    for folder in (*FOLDERS, "tests"):
        for path in sorted((project / folder).rglob("*")):
            if path.suffix in {".ttl", ".rq", ".trig"}:
                for prefix, iri in _PREFIX.findall(path.read_text(encoding="utf-8")):
                    if PREFIXES.get(prefix) != iri:
                        wrong.append(f"{path.relative_to(project)}: {prefix}: <{iri}>")
    assert wrong == []


def test_the_prefixes_that_shapes_declare_for_their_queries_are_the_same(project: Path) -> None:
    declared: dict[object, dict[str, str]] = {}
    for path in sorted((project / "shapes").glob("*.ttl")):
        for quad in parse(path, formats.TURTLE, NAMESPACE):
            if quad.predicate.value in (expand("sh:prefix"), expand("sh:namespace")):
                assert isinstance(quad.object, Literal)
                declared.setdefault(quad.subject, {})[quad.predicate.value] = quad.object.value
    for pair in declared.values():
        assert PREFIXES[pair[expand("sh:prefix")]] == pair[expand("sh:namespace")]


def test_no_two_prefixes_share_a_namespace() -> None:
    assert len(set(PREFIXES.values())) == len(PREFIXES)


def test_the_check_sees_a_term_that_does_not_exist(known: frozenset[str]) -> None:
    """A query that misspells ``org:memberOf`` in its pattern, not in a comment or a string."""
    text = 'PREFIX org: <http://www.w3.org/ns/org#> SELECT * { ?x org:memberof "org:never" } # org:mentioned'
    assert {use.iri for use in uses_in_sparql(text, "here")} - known == {"http://www.w3.org/ns/org#memberof"}
