"""``BNODE("label")``: the same node within a solution, another one in each."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import BlankNode, Literal, NamedNode, Quad, QuerySolutions, QueryTriples, Store

from mesmart_kg.engine.blank_nodes import BLANK_NODE_FUNCTIONS, rewrite_blank_nodes

_PIECES = (
    'SELECT ASK CONSTRUCT DESCRIBE WHERE { } ( ) * ?a ?b . BIND AS BNODE(?a) BNODE("x") BNODE() GROUP BY '
    "FILTER OPTIONAL UNION COUNT(*) EXISTS # < > \" ' ex:a :b"
).split()


@pytest.fixture(scope="module")
def store() -> Store:
    store = Store()
    for number in range(3):
        store.add(Quad(NamedNode(f"urn:{number}"), NamedNode("urn:p"), Literal(str(number))))
    store.add(Quad(BlankNode("a"), NamedNode("urn:q"), Literal("")))
    return store


def ask(store: Store, query: str) -> list[list[str]]:
    """Return the rows of an answer, each term as it is written."""
    answer = store.query(rewrite_blank_nodes(query) or query, custom_functions=dict(BLANK_NODE_FUNCTIONS))
    assert isinstance(answer, QuerySolutions)
    return [[str(term) for term in row] for row in answer]


@pytest.mark.parametrize(
    "query",
    [
        'SELECT (BNODE("a") AS ?x) (BNODE("a") AS ?y) (BNODE("b") AS ?z) { ?s <urn:p> ?o }',
        'SELECT DISTINCT (bnode ( "a" ) AS ?x) (BNODE("a") AS ?y) (BNODE("b") AS ?z) WHERE { ?s <urn:p> ?o }',
        'SELECT ?x ?y ?z { ?s <urn:p> [] BIND(BNODE("a") AS ?x) . BIND(BNODE("a") AS ?y) '
        'BIND(BNODE("b") AS ?z) }',
        'SELECT * { { SELECT (BNODE("a") AS ?x) (BNODE("a") AS ?y) (BNODE("b") AS ?z) { ?s <urn:p> ?o } } }',
    ],
)
def test_a_node_is_that_of_its_label_and_its_solution(query: str, store: Store) -> None:
    rows = ask(store, query)

    assert len(rows) == 3
    assert all(row[0] == row[1] != row[2] for row in rows)
    assert len({row[0] for row in rows}) == 3
    assert "_:a" not in {term for row in rows for term in row}, "the node of the data"


def test_solutions_that_a_later_pattern_makes_have_nodes_of_their_own(store: Store) -> None:
    query = 'SELECT ?x ?y { BIND(BNODE("a") AS ?x) ?s <urn:p> ?o BIND(BNODE("a") AS ?y) }'

    assert len({row[1] for row in ask(store, query)}) == 3


def test_a_template_has_a_new_node_for_each_solution(store: Store) -> None:
    query = 'CONSTRUCT { ?x <urn:of> ?s } { ?s <urn:p> ?o BIND(BNODE("a") AS ?x) }'

    answer = store.query(rewrite_blank_nodes(query) or "", custom_functions=dict(BLANK_NODE_FUNCTIONS))

    assert isinstance(answer, QueryTriples)
    assert len({triple.subject for triple in answer}) == 3


def test_a_label_may_be_any_text_and_nothing_but_text(store: Store) -> None:
    (row,) = ask(
        store, 'SELECT (BNODE("a b") AS ?x) (BNODE("") AS ?y) (BNODE("a"@en) AS ?z) (BNODE(1) AS ?u) {}'
    )

    assert [term.startswith("_:b") for term in row] == [True, True, False, False]


@pytest.mark.parametrize(
    "query",
    [
        "SELECT (BNODE() AS ?x) { ?s ?p ?o }",
        'SELECT * { ?s ?p ?o BIND(BNODE("a") AS ?x) }',
        'DESCRIBE * { ?s ?p ?o BIND(BNODE("a") AS ?x) }',
        'SELECT (BNODE("a") AS ?x) (COUNT(*) AS ?n) { ?s ?p ?o }',
        "SELECT (BNODE(?o) AS ?x) { ?s ?p ?o } GROUP BY ?o",
        'SELECT ?s { ?s ?p ?o FILTER(?s != BNODE("a")) }',
        'SELECT ?s { ?s ?p "BNODE(1)" } # BNODE(2)',
        "SELECT ?bnode { ?s <urn:bnode> ?bnode }",
        "SELECT ?s { ?s ?p ?o }",
    ],
)
def test_other_queries_stay_as_they_are(query: str) -> None:
    assert rewrite_blank_nodes(query) is None


@given(st.lists(st.sampled_from(_PIECES), max_size=40).map(" ".join))
def test_a_query_that_was_valid_stays_valid(text: str) -> None:
    query = text + ' BNODE("x")' if len(text) % 2 else text
    rewritten = rewrite_blank_nodes(query)
    if rewritten is None:
        return
    store = Store()
    try:
        store.query(query)
    except (SyntaxError, RuntimeError):
        return

    store.query(rewritten, custom_functions=dict(BLANK_NODE_FUNCTIONS))


def test_a_long_text_is_read_in_a_moment() -> None:
    """Time grows with the text, not with its square."""
    query = "ASK { " + 'BIND(BNODE("a") AS ?x) {} ' * 500 + "}"

    assert rewrite_blank_nodes(query)
