"""Queries whose calls of SERVICE are answered beforehand; the engines are Oxigraph, here and there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import BlankNode, Literal, NamedNode, Quad, QuerySolutions, RdfFormat, Store

from mesmart_kg.engine import Solutions
from mesmart_kg.engine.federation import federate
from mesmart_kg.engine.values import NOTHING_BOUND, merge, to_values
from mesmart_kg.errors import QueryRefused, ServiceFailed
from mesmart_kg.query_text import examine

HERE = """
<http://x/messina> <http://x/in> <http://x/oasc> .
<http://x/gent> <http://x/in> <http://x/oasc> .
<http://x/list> <http://x/at> <http://one/> .
<http://x/other> <http://x/at> <http://two/> .
"""
ONE = """
<http://x/messina> <http://x/people> 220000 .
<http://x/wien> <http://x/people> 1900000 .
<http://x/messina> <http://x/near> _:somewhere .
"""
TWO = "<http://x/gent> <http://x/people> 260000 ."


def store(turtle: str) -> Store:
    made = Store()
    made.load(turtle.encode(), RdfFormat.TURTLE)
    return made


def select(at: Store, query: str) -> Solutions:
    found = at.query(query)
    assert isinstance(found, QuerySolutions)
    names = [variable.value for variable in found.variables]
    rows = [{name: term for name, term in zip(names, row, strict=True) if term is not None} for row in found]
    return Solutions(tuple(names), tuple(rows))


class World:
    """A store here, and others elsewhere; ``asked`` are the queries that went there."""

    def __init__(self, here: str = HERE, elsewhere: Mapping[str, str] | None = None) -> None:
        self.here = store(here)
        pages = elsewhere or {"http://one/": ONE, "http://two/": TWO}
        self.elsewhere = {iri: store(turtle) for iri, turtle in pages.items()}
        self.asked: list[tuple[str, str]] = []

    def ask(self, endpoint: str, query: str, is_silent: bool, batches: tuple[str, ...] = ()) -> Solutions:
        iri = endpoint
        if iri in self.elsewhere:
            self.asked += [(iri, text) for text in batches or (query,)]
            return merge([select(self.elsewhere[iri], text) for text in batches or (query,)])
        self.asked.append((iri, query))
        if is_silent:
            return NOTHING_BOUND
        raise ServiceFailed(f"{iri} does not answer", iri)

    def federate(self, query: str) -> str:
        return federate(query, self.ask, lambda text: select(self.here, text))

    def answer(self, query: str) -> list[dict[str, str]]:
        rows = select(self.here, self.federate(query)).rows
        return sorted(
            ({name: term.value for name, term in row.items()} for row in rows),
            key=lambda row: sorted(row.items()),
        )


PREFIXES = "PREFIX x: <http://x/>\n"


def test_rows_of_another_endpoint_are_joined_with_ours() -> None:
    query = PREFIXES + "SELECT ?city ?n { ?city x:in x:oasc . SERVICE <http://one/> { ?city x:people ?n } }"

    assert World().answer(query) == [{"city": "http://x/messina", "n": "220000"}]


def test_the_query_keeps_its_lines_and_has_no_service_any_more() -> None:
    query = PREFIXES + "SELECT * {\n SERVICE <http://one/> {\n ?city x:people ?n\n }\n ?city x:in ?c\n}\n"
    text = World().federate(query)

    assert not examine(text).services
    assert text.count("\n") == query.count("\n")
    assert text.splitlines()[5:] == query.splitlines()[5:]


@pytest.mark.parametrize(
    ("query", "rows"),
    [
        ("SELECT * { ?c x:in x:oasc OPTIONAL { SERVICE <http://one/> { ?c x:people ?n } } }", 2),
        ("SELECT * { { SERVICE <http://one/> { ?c x:people ?n } } UNION "
         "{ SERVICE <http://two/> { ?c x:people ?n } } }", 3),
        ("SELECT * { ?c x:in x:oasc MINUS { SERVICE <http://one/> { ?c x:people ?n } } }", 1),
        ("SELECT * { ?c x:in x:oasc FILTER NOT EXISTS { SERVICE <http://one/> { ?c x:people ?n } } }", 1),
        ("SELECT * { ?c x:in x:oasc { SELECT ?c { SERVICE <http://one/> { ?c x:people ?n } } } }", 1),
        ("SELECT * { SERVICE <http://one/> { x:messina x:people 220000 } }", 1),
        ("SELECT * { SERVICE <http://one/> { x:messina x:people 1 } }", 0),
        ("SELECT (COUNT(*) AS ?rows) { SERVICE <http://one/> { ?c x:people ?n } }", 1),
        ("BASE <http://one/> SELECT * { SERVICE <> { ?c x:people ?n } }", 2),
        ("PREFIX one: <http://one/> SELECT * { SERVICE one: { ?c x:people ?n FILTER(?n > 1000000) } }", 1),
        ("SELECT * { SERVICE <http://one/> { ?c x:people ?n } VALUES ?n { 220000 } }", 1),
    ],
)  # fmt: skip
def test_a_call_counts_where_it_stands(query: str, rows: int) -> None:
    assert len(World().answer(PREFIXES + query)) == rows


def test_a_call_within_another_is_asked_first() -> None:
    world = World()
    query = (
        PREFIXES
        + """SELECT * { SERVICE <http://one/> {
        ?c x:people ?n OPTIONAL { SERVICE <http://two/> { ?d x:people ?m } } } }"""
    )

    assert [row["m"] for row in world.answer(query)] == ["260000", "260000"]
    assert [iri for iri, _ in world.asked] == ["http://two/", "http://one/"]


def test_a_silent_call_that_fails_changes_nothing() -> None:
    query = PREFIXES + "SELECT * { ?c x:in x:oasc SERVICE SILENT <http://none/> { ?c x:people ?n } }"

    assert len(World().answer(query)) == 2


def test_a_call_that_fails_fails_the_query() -> None:
    with pytest.raises(ServiceFailed):
        World().federate("SELECT * { SERVICE <http://none/> { ?s ?p ?o } }")


@pytest.mark.parametrize(
    "where",
    [
        "?p x:at ?where . SERVICE ?where { ?c x:people ?n }",
        "SERVICE ?where { ?c x:people ?n } ?p x:at ?where FILTER(?n > 5)",
        "?p x:at ?where . FILTER NOT EXISTS { ?p ?q ?n } SERVICE $where { ?c x:people ?n }",
        "VALUES ?where { <http://one/> <http://two/> } SERVICE ?where { ?c x:people ?n }",
    ],
)
def test_a_variable_names_the_endpoints_that_the_rest_of_its_group_binds_it_to(where: str) -> None:
    answer = World().answer(f"{PREFIXES} SELECT ?where ?n {{ {where} }}")

    assert [row["n"] for row in answer if row["where"] == "http://two/"] == ["260000"]
    assert {row["where"] for row in answer} == {"http://one/", "http://two/"}


@pytest.mark.parametrize(
    "where",
    [
        "SERVICE ?where { ?c x:people ?n }",
        "?p x:at ?where OPTIONAL { SERVICE ?where { ?c x:people ?n } }",
        "?p x:at ?where GRAPH ?g { SERVICE ?where { ?c x:people ?n } }",
        "SERVICE <http://one/> { SERVICE ?where { ?c x:people ?n } }",
        "x:messina x:name ?where OPTIONAL { SERVICE ?where {} }",
        "VALUES ?where { 'one' } SERVICE ?where { ?c x:people ?n }",
        "SERVICEx:one { ?c x:people ?n }",
        "SERVICE y:one { ?c x:people ?n }",
        "SERVICE <http://one/> ?c",
        "?s ?p ?a FILTER(?a<?b)SERVICE?x#>\n { ?s ?p ?o }",
        *(["SERVICE <http://one/> { ?c x:people ?n } " * 11]),
        "VALUES ?where { " + " ".join(f"<http://{n}/>" for n in range(11)) + " } SERVICE ?where {}",
    ],
)
def test_a_call_that_can_not_be_made_for_certain_is_refused(where: str) -> None:
    world = World()
    with pytest.raises(QueryRefused):
        world.federate(f"{PREFIXES} SELECT * {{ {where} }}")

    assert len(world.asked) <= 1


def test_nobody_is_asked_for_what_is_no_query() -> None:
    world = World()
    text = "INSERT { ?s ?p ?o } WHERE { SERVICE <http://one/> { ?s ?p ?o } }"

    assert world.federate(text) == text
    assert not world.asked


def test_a_blank_node_of_elsewhere_becomes_an_iri_of_one_call_only() -> None:
    world = World()
    call = "{ SERVICE <http://one/> { ?c x:near ?near } }"
    answer = world.answer(f"{PREFIXES} SELECT ?near {{ {call} UNION {call} }}")

    assert all(row["near"].startswith("urn:uuid:") for row in answer)
    assert len({row["near"] for row in answer}) == 2


@pytest.mark.parametrize("name", ["", "a b", "x) { } } #", "?x", "a-b"])
def test_a_name_that_is_no_variable_s_is_never_written(name: str) -> None:
    with pytest.raises(ValueError, match="variable"):
        to_values(Solutions((name,), ()))


@given(st.text(max_size=60), st.sampled_from(["en", None]))
def test_any_text_passes_through_values_unchanged(text: str, language: str | None) -> None:
    literal = Literal(text, language=language)
    values = to_values(Solutions(("x",), ({"x": literal}, {})))

    assert [row.get("x") for row in select(Store(), f"SELECT * {{ {values} }}").rows] == [literal, None]


@pytest.mark.parametrize(
    "text", ["\\u0022", "\\U00000022 } SERVICE <http://x/> {}", '"""', "\\", 'a"\n\r\t\\"']
)
def test_no_text_ends_its_string_early_for_whoever_resolves_escapes_first(text: str) -> None:
    values = to_values(Solutions(("x",), ({"x": Literal(text)},)))

    assert not examine(f"SELECT * {{ {values} }}").services
    assert select(Store(), f"SELECT * {{ {values} }}").rows == ({"x": Literal(text)},)


_NODES = [NamedNode(f"http://x/{name}") for name in "abc"]
_TRIPLES = st.lists(st.tuples(*[st.sampled_from(_NODES)] * 3), max_size=6)
_PATTERNS = st.lists(
    st.tuples(*[st.sampled_from(["?s", "?o", "?t", "x:a", "x:b", "x:c"])] * 3), min_size=1, max_size=2
)


@given(_TRIPLES, _TRIPLES, _PATTERNS, _PATTERNS)
def test_the_answer_is_that_of_a_graph_for_each_endpoint(
    here: list[tuple[NamedNode, NamedNode, NamedNode]],
    there: list[tuple[NamedNode, NamedNode, NamedNode]],
    ours: list[tuple[str, str, str]],
    theirs: list[tuple[str, str, str]],
) -> None:
    """A call joins as GRAPH does, so a store with the other's triples in a named graph must agree."""
    world = World("", {"http://one/": ""})
    merged = Store()
    for triple in here:
        world.here.add(Quad(*triple))
        merged.add(Quad(*triple))
    for triple in there:
        world.elsewhere["http://one/"].add(Quad(*triple))
        merged.add(Quad(*triple, NamedNode("http://one/")))
    text = PREFIXES + "SELECT * { %s %s <http://one/> { %s } }"
    parts = (" . ".join(map(" ".join, ours)), " . ".join(map(" ".join, theirs)))
    federated = world.federate(text % (parts[0], "SERVICE", parts[1]))

    def count(at: Store, query: str) -> Counter[frozenset[tuple[str, object]]]:
        return Counter(frozenset(row.items()) for row in select(at, query).rows)

    assert count(world.here, federated) == count(merged, text % (parts[0], "GRAPH", parts[1]))


def test_a_blank_node_is_never_written() -> None:
    assert "_:" not in to_values(Solutions(("x",), ({"x": BlankNode("b")},)))
