"""What every engine promises: the same tests run against our own and against one asked over HTTP."""

from __future__ import annotations

import json

import pytest
from serving import BASE, ENDLESS, GREEDY, NUMBERED, RELEASE_ID

from mesmart_kg import formats
from mesmart_kg.engine import Engine, GraphChoice
from mesmart_kg.errors import EngineUnavailable, QueryRefused, QuerySyntaxError, QueryTimeout, QueryTooLarge
from mesmart_kg.store import Literal, NamedNode

NOTICE, LIST = f"{BASE}graph/source/notice", f"{BASE}graph/source/list"
COUNT = "SELECT (COUNT(*) AS ?n) WHERE { ?s ?p ?o }"


def count(engine: Engine, query: str, graphs: GraphChoice | None = None) -> int:
    (row,) = engine.select(query, graphs=graphs).rows
    value = row["n"]
    assert isinstance(value, Literal)
    return int(value.value)


def test_it_knows_which_release_it_holds(engine: Engine) -> None:
    assert engine.release_id == RELEASE_ID


def test_select_gives_terms_and_leaves_out_what_is_unbound(engine: Engine) -> None:
    solutions = engine.select(
        "SELECT ?city ?name ?nothing WHERE { ?city a <https://w3id.org/city-communities/def#City> ; "
        "<http://www.w3.org/2004/02/skos/core#prefLabel> ?name OPTIONAL { ?city <urn:no> ?nothing } } "
        "ORDER BY ?city"
    )

    assert solutions.variables == ("city", "name", "nothing")
    assert solutions.complete
    assert solutions.rows[-1] == {
        "city": NamedNode(f"{BASE}id/city/it-messina"),
        "name": Literal("Messina", language="it"),
    }


def test_select_cuts_off_rows_and_says_so(engine: Engine) -> None:
    solutions = engine.select("SELECT * WHERE { ?s ?p ?o }", rows=10)

    assert len(solutions.rows) == 10
    assert not solutions.complete


def test_ask_and_construct(engine: Engine) -> None:
    assert engine.ask(f"ASK {{ <{BASE}id/city/it-messina> ?p ?o }}")
    assert not engine.ask(f"ASK {{ <{BASE}id/city/atlantis> ?p ?o }}")
    graph = engine.construct(f"CONSTRUCT WHERE {{ <{BASE}id/city/be-gent> ?p ?o }}")
    assert len(graph) == 3


@pytest.mark.parametrize("format", formats.RESULT_FORMATS, ids=lambda each: each.name)
def test_solutions_come_in_every_result_format(engine: Engine, format: formats.Format) -> None:
    answer = b"".join(engine.answer(f"SELECT ?o WHERE {{ <{BASE}id/city/be-gent> ?p ?o }}", format))

    assert b"Gand" in answer


@pytest.mark.parametrize("format", formats.RDF_FORMATS, ids=lambda each: each.name)
def test_a_graph_comes_in_every_rdf_format(engine: Engine, format: formats.Format) -> None:
    answer = b"".join(engine.answer(f"DESCRIBE <{BASE}id/city/be-gent>", format))

    assert b"Gand" in answer


def test_a_fact_of_two_sources_is_one_triple_of_the_default_graph(engine: Engine) -> None:
    member = f"<{BASE}id/city/it-messina> <http://www.w3.org/ns/org#memberOf> ?c"

    assert count(engine, f"SELECT (COUNT(*) AS ?n) WHERE {{ {member} }}") == 1
    assert count(engine, f"SELECT (COUNT(*) AS ?n) WHERE {{ GRAPH ?g {{ {member} }} }}") == 2


def test_several_default_graphs_are_merged_and_not_added_up(engine: Engine) -> None:
    both = GraphChoice((NOTICE, LIST), ())

    assert count(engine, COUNT, both) == 11
    assert count(engine, f"SELECT (COUNT(*) AS ?n) FROM <{NOTICE}> FROM <{LIST}> WHERE {{ ?s ?p ?o }}") == 11


def test_graphs_beside_a_query_replace_its_own(engine: Engine) -> None:
    query = f"SELECT (COUNT(*) AS ?n) FROM <{LIST}> WHERE {{ ?s ?p ?o }}"

    assert count(engine, query) == 6
    assert count(engine, query, GraphChoice((f"{BASE}graph/source/numbers",), ())) == NUMBERED
    assert count(engine, query, GraphChoice((), (NOTICE,))) == 0


def test_an_unknown_graph_is_empty_and_never_fetched(engine: Engine) -> None:
    assert count(engine, "SELECT (COUNT(*) AS ?n) FROM <http://127.0.0.1:1/g> WHERE { ?s ?p ?o }") == 0
    assert count(engine, "SELECT (COUNT(*) AS ?n) FROM <file:///etc/passwd> WHERE { ?s ?p ?o }") == 0
    assert count(engine, COUNT, GraphChoice(("http://127.0.0.1:1/a", "file:///etc/passwd"), ())) == 0


def test_the_metadata_stand_in_a_graph_of_their_own(engine: Engine) -> None:
    assert engine.ask(f"ASK {{ GRAPH <{BASE}graph/metadata> {{ ?s ?p ?o }} }}")
    assert not engine.ask("ASK { ?s a <http://www.w3.org/ns/dcat#Dataset> }")


def test_a_syntax_error_tells_its_place(engine: Engine) -> None:
    with pytest.raises(QuerySyntaxError) as caught:
        engine.select("SELECT *\nWHERE { ?s foo:bar ?o }")

    assert caught.value.line == 2
    assert caught.value.column > 10


@pytest.mark.parametrize(
    "query",
    [
        "INSERT DATA { <urn:a> <urn:b> <urn:c> }",
        "SELECT * WHERE { SERVICE <http://127.0.0.1:1/> { ?s ?p ?o } }",
    ],
)
def test_updates_and_calls_of_others_are_refused(engine: Engine, query: str) -> None:
    with pytest.raises(QueryRefused):
        engine.select(query)


def test_a_query_that_never_ends_is_ended_at_its_deadline(engine: Engine) -> None:
    with pytest.raises(QueryTimeout) as caught:
        engine.select(ENDLESS)

    assert caught.value.seconds == 2
    assert engine.ask("ASK {}")


def test_a_query_that_takes_too_much_memory_is_ended(engine: Engine) -> None:
    with pytest.raises((QueryTooLarge, QueryTimeout)):
        engine.select(GREEDY)

    assert engine.ask("ASK {}")


def test_an_answer_larger_than_allowed_fails_and_does_not_just_stop(engine: Engine) -> None:
    answer = engine.answer("SELECT * WHERE { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }", formats.RESULTS_CSV)

    with pytest.raises((QueryTooLarge, EngineUnavailable)):
        for _part in answer:
            pass
    answer.close()


def test_its_status_tells_the_size_of_the_default_graph(engine: Engine) -> None:
    assert engine.status().triples == NUMBERED + 11


def test_json_results_are_what_the_standard_says(engine: Engine) -> None:
    document = json.loads(b"".join(engine.answer(COUNT, formats.RESULTS_JSON)))

    assert document["head"] == {"vars": ["n"]}
    assert document["results"]["bindings"][0]["n"]["value"] == str(NUMBERED + 11)
