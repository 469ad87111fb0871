"""One pass over the statements tells what asking the whole dataset would."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from surveying import survey_dataset

from mesmart_kg.metadata import LinkCount
from mesmart_kg.metadata import survey as make_survey
from mesmart_kg.namespaces import GraphNames, expand
from mesmart_kg.sorted_lines import sort_lines
from mesmart_kg.store import Dataset, Literal, NamedNode, Quad, canonical_nquads, canonical_ntriples

NAMES = GraphNames()
_GRAPHS = (
    NAMES.source("one"),
    NAMES.source("two"),
    NAMES.shapes,
    NAMES.links,
    NAMES.linkset("gent"),
    NAMES.concepts,
)
_SUBJECTS = (f"{NAMES.base}id/city/it-messina", f"{NAMES.base}id/source/one", "https://example.org/thing")
_PREDICATES = (expand("skos:exactMatch"), expand("schema:lastReviewed"), expand("rdfs:label"))
_OBJECTS = (
    NamedNode("http://www.wikidata.org/entity/Q13666"),
    Literal("a <b> c"),
    Literal("a", language="it"),
    Literal("a"),
)
_quads = st.lists(
    st.builds(
        Quad,
        st.sampled_from(_SUBJECTS).map(NamedNode),
        st.sampled_from(_PREDICATES).map(NamedNode),
        st.sampled_from(_OBJECTS),
        st.sampled_from(_GRAPHS).map(NamedNode),
    ),
    max_size=40,
    unique=True,
)


@given(quads=_quads)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=80)
def test_a_survey_is_what_the_dataset_would_answer(tmp_path: Path, quads: list[Quad]) -> None:
    statements = tmp_path / "statements.nq"
    sort_lines(canonical_nquads(quads), statements)
    with ThreadPoolExecutor(1) as work:
        survey = make_survey(statements, NAMES, tmp_path, work)
    dataset = Dataset(quads, NAMES.in_default_graph)

    assert dict(survey.graphs) == {name: len(list(dataset.quads(name))) for name in dataset.graph_names()}
    merged = b"".join(path.read_bytes() for path in survey.merged)
    assert merged == b"".join(canonical_ntriples(dataset.default_triples()))
    sources = [quad for quad in quads if quad.graph_name in [NamedNode(name) for name in _GRAPHS[:2]]]
    assert survey.stated == len({quad.triple for quad in sources})
    assert survey.confirmed == len(sources) - survey.stated
    assert sum(link.triples for link in survey.links) == sum(
        isinstance(quad.object, NamedNode) for quad in dataset.quads(NAMES.links)
    )
    told = set(survey.told().quads())
    assert told >= set(dataset.quads(NAMES.linkset("gent")))
    assert told >= {quad for quad in quads if quad.subject == NamedNode(_SUBJECTS[1])}
    assert told >= {quad for quad in quads if quad.predicate == NamedNode(_PREDICATES[1])}


def test_links_are_counted_by_where_they_lead_and_how() -> None:
    graph = NamedNode(NAMES.links)
    quads = [
        Quad(NamedNode(_SUBJECTS[0]), NamedNode(_PREDICATES[0]), NamedNode(f"https://example.org/{n}"), graph)
        for n in range(3)
    ]
    survey = survey_dataset(Dataset(quads), NAMES)
    assert survey.links == (LinkCount(_PREDICATES[0], "https://example.org/", 3),)


@pytest.mark.parametrize("things", [0, 30_000])
def test_many_statements_are_read_in_parts(tmp_path: Path, things: int) -> None:
    lines = [
        f'<{NAMES.base}id/city/{n:05}> <{_PREDICATES[2]}> "{k}" <{graph}> .\n'.encode()
        for n in range(things)
        for k in range(3)
        for graph in _GRAPHS[: 1 + k % 2]
    ]
    sort_lines(lines, tmp_path / "statements.nq")
    with ThreadPoolExecutor(2) as work:
        survey = make_survey(tmp_path / "statements.nq", NAMES, tmp_path, work)
    assert (survey.stated, survey.confirmed) == (3 * things, things)
    assert sum(survey.graphs.values()) == len(lines)
    assert len(survey.merged) > 1 or not things
    assert sum(path.read_bytes().count(b"\n") for path in survey.merged) == 3 * things
