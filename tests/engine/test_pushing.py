"""What a call is asked for: less where that is certain to change nothing, and everything where it is not."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from pyoxigraph import BlankNode, Literal, NamedNode, Quad, QuerySolutions, RdfFormat, Store

from mesmart_kg.engine import Solutions
from mesmart_kg.engine.federation import federate
from mesmart_kg.engine.pushing import MOST_BINDINGS, Place, to_batches
from mesmart_kg.engine.values import merge
from mesmart_kg.errors import QueryTimeout

from .generated import CALL, PREFIX, groups, triples

HERE = """@prefix x: <http://x/> .
x:messina a x:City ; x:code "083048" ; x:people 220000 ; x:in x:oasc .
x:gent a x:City ; x:code "44021" ; x:people 260000 ; x:in x:oasc , x:eurocities .
"""
Rows = Counter[frozenset[tuple[str, object]]]


def select(at: Store, query: str) -> Solutions:
    found = at.query(query)
    assert isinstance(found, QuerySolutions)
    names = [variable.value for variable in found.variables]
    rows = [{name: term for name, term in zip(names, row, strict=True) if term is not None} for row in found]
    return Solutions(tuple(names), tuple(rows))


def count(solutions: Solutions) -> Rows:
    return Counter(frozenset(row.items()) for row in solutions.rows)


def queries_for(group: str, here: str = HERE) -> tuple[str, ...]:
    """Return the queries that go out, besides the plain one, for a query of that group."""
    store = Store()
    store.load(here.encode(), RdfFormat.TURTLE)
    found: list[str] = []

    def ask(endpoint: str, query: str, is_silent: bool, batches: tuple[str, ...] = ()) -> Solutions:
        found.extend(batches)
        return Solutions((), ())

    text = f"PREFIX x: <http://x/>\nSELECT * WHERE {{ {group} }}"
    federate(text.replace(CALL, "SERVICE <http://one/>"), ask, lambda query: select(store, query))
    return tuple(found)


@pytest.mark.parametrize(
    "group",
    [
        "?c a x:City @CALL@ { ?c x:near ?d }",
        "@CALL@ { ?c x:near ?d } ?c a x:City .",
        "?c a x:City OPTIONAL { @CALL@ { ?c x:near ?d } }",
        "?c a x:City MINUS { @CALL@ { ?c x:near ?d } }",
        "?c a x:City { @CALL@ { ?c x:near ?d } } UNION { ?c x:code ?d }",
        "{ SELECT ?c { ?c a x:City . @CALL@ { ?c x:near ?d } } }",
        "?c a x:City @CALL@ { ?d x:near ?e OPTIONAL { ?e x:in ?f } ?d x:at ?c }",
        "?c a x:City FILTER(?c != x:nowhere) @CALL@ { ?c x:near ?d FILTER(?d = x:b) }",
        "?c a x:City ; x:code ?code @CALL@ { ?place x:code ?code }",
        "BIND(x:messina AS ?c) @CALL@ { ?c x:near ?d }",
    ],
)
def test_bindings_go_along(group: str) -> None:
    (query,) = queries_for(group)

    assert "VALUES" in query
    assert "<http://x/messina>" in query or '"083048"' in query


@pytest.mark.parametrize(
    "group",
    [
        "@CALL@ { ?c x:near ?d }",
        "?c a x:City FILTER NOT EXISTS { @CALL@ { ?c x:near ?d } }",
        "?c a x:City GRAPH ?g { @CALL@ { ?c x:near ?d } }",
        "?c a x:City { SELECT ?d { @CALL@ { ?c x:near ?d } } }",
        "?c a x:City . ?d a x:City OPTIONAL { ?c x:in ?e MINUS { @CALL@ { ?d x:near ?f } } }",
        "{ SELECT ?c { ?c a x:City } LIMIT 1 } @CALL@ { ?c x:near ?d }",
        "BIND(IRI(STRUUID()) AS ?c) @CALL@ { ?c x:near ?d }",
        "?c a x:City @CALL@ { { SELECT ?c { ?c x:near ?d } LIMIT 1 } ?c x:at ?e }",
        "?c x:people ?n @CALL@ { ?d x:people ?n }",
        "OPTIONAL { x:none x:at ?c } @CALL@ { ?c x:near ?d }",
        "?d a x:City OPTIONAL { @CALL@ { BIND(IRI(?n) AS ?d) } }",
    ],
)
def test_nothing_goes_along_where_it_could_change_the_answer(group: str) -> None:
    assert queries_for(group) == ()


def test_where_nothing_is_here_to_join_only_the_variables_are_asked_for() -> None:
    (query,) = queries_for("?c a x:Nowhere @CALL@ { ?c x:near ?d }")

    assert query.endswith("LIMIT 0")


def test_a_filter_counts_only_where_its_variables_are_bound() -> None:
    """``?d`` comes from the other side: here the filter must let everything pass."""
    (query,) = queries_for("?c a x:City FILTER(?d != ?c) @CALL@ { ?c x:near ?d }")

    assert "<http://x/messina>" in query
    assert "<http://x/gent>" in query


def test_a_string_goes_along_in_both_of_its_ways_and_once() -> None:
    """Stores made before RDF 1.1, such as Virtuoso 7, tell ``"a"`` from ``"a"^^xsd:string``."""
    (query,) = queries_for("?c x:code ?code @CALL@ { ?place x:code ?code }")
    store = Store()
    store.load(b'<http://x/p> <http://x/code> "083048" .', RdfFormat.TURTLE)

    assert '("083048")' in query
    assert '("083048"^^<http://www.w3.org/2001/XMLSchema#string>)' in query
    assert len(select(store, query).rows) == 1


def test_many_bindings_go_in_batches_and_too_many_not_at_all() -> None:
    place = Place("{}", ("c",), frozenset({"c"}), frozenset({"c"}))

    def batches(number: int) -> tuple[str, ...]:
        rows = tuple({"c": NamedNode(f"http://x/{each}")} for each in range(number))
        return to_batches(Solutions(("c",), rows), place, "", "{ ?c <http://x/p> ?d }")

    assert len(batches(1)) == 1
    assert len(batches(450)) == 3
    assert sum(query.count("<http://x/") - 1 for query in batches(450)) == 450
    assert batches(MOST_BINDINGS + 1) == ()


@pytest.mark.parametrize("term", [BlankNode("b"), Literal(1), Literal("a", language="en"), None])
def test_a_term_that_engines_write_in_several_ways_stays(term: BlankNode | Literal | None) -> None:
    place = Place("{}", ("c",), frozenset({"c"}), frozenset({"c"}))
    rows = ({"c": NamedNode("http://x/a")}, {} if term is None else {"c": term})

    assert to_batches(Solutions(("c",), rows), place, "", "{ ?c ?p ?o }") == ()


def test_an_engine_that_can_not_tell_in_time_costs_no_answer() -> None:
    asked: list[tuple[str, ...]] = []

    def ask(endpoint: str, query: str, is_silent: bool, batches: tuple[str, ...] = ()) -> Solutions:
        asked.append(batches)
        return Solutions((), ())

    def too_slow(query: str) -> Solutions:
        raise QueryTimeout(2)

    federate("SELECT * { ?c ?p ?o SERVICE <http://one/> { ?c ?q ?r } }", ask, too_slow)
    assert asked == [()]


def test_an_endpoint_that_minus_would_hide_is_still_asked() -> None:
    """What MINUS takes away after a call depends on the call; it can't be taken away beforehand."""
    here = Store()
    here.load(b"<http://x/a> <http://x/at> <http://one/> . <http://x/a> <http://x/n> 5 .", RdfFormat.TURTLE)
    there = Store()
    there.load(b"<http://x/c> <http://x/people> 6 .", RdfFormat.TURTLE)

    def ask(endpoint: str, query: str, is_silent: bool, batches: tuple[str, ...] = ()) -> Solutions:
        return merge([select(there, text) for text in batches or (query,)])

    query = """PREFIX x: <http://x/>
        SELECT * { ?p x:at ?where SERVICE ?where { ?c x:people ?n } MINUS { ?p x:n ?n } }"""
    text = federate(query, ask, lambda query: select(here, query))
    assert len(select(here, text).rows) == 1


@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(triples, triples, groups)
def test_the_answer_is_the_one_over_merged_data(
    here: list[tuple[NamedNode, NamedNode, NamedNode]],
    there: list[tuple[NamedNode, NamedNode, NamedNode]],
    group: str,
) -> None:
    """Generated queries with calls at any place; tens of thousands were compared when this was made."""
    ours, theirs, merged = Store(), Store(), Store()
    for triple in here:
        ours.add(Quad(*triple))
        merged.add(Quad(*triple))
    for triple in there:
        theirs.add(Quad(*triple))
        merged.add(Quad(*triple, NamedNode("http://one/")))

    def ask(endpoint: str, query: str, is_silent: bool, batches: tuple[str, ...] = ()) -> Solutions:
        return merge([select(theirs, text) for text in batches or (query,)])

    query = f"{PREFIX}SELECT * WHERE {{ {group}}}"
    try:
        truth = count(select(merged, query.replace(CALL, "GRAPH")))
    except SyntaxError:  # such as a BIND of what is bound already
        return
    text = federate(query.replace(CALL, "SERVICE"), ask, lambda query: select(ours, query))
    assert count(select(ours, text)) == truth
