"""Why a query finds nothing, over a store of eight triples that one can hold in the head."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from pyoxigraph import QueryBoolean, RdfFormat, Store

from mesmart_kg.namespaces import CC, PREFIXES
from mesmart_kg.query_help import Emptiness, KnownTerms, explain_empty, find_unknown, parse
from mesmart_kg.query_help.units import MOST_ASKED

DATA = f"""
PREFIX cc: <{CC}>
PREFIX : <http://example.org/>
:gent a cc:City ; :name "Gand"@it ; :memberOf :oasc .
:wien a cc:City ; :name "Vienna"@it ; :people 2000000 .
:oasc a cc:Community .
GRAPH :secret {{ :gent :mayor :someone }}
"""
KNOWN = KnownTerms(
    {f"{CC}City": 2, f"{CC}Community": 1},
    {f"http://example.org/{name}": 1 for name in ("name", "memberOf", "people")}
    | {PREFIXES["rdf"] + "type": 3},
)
HEAD = f"PREFIX cc: <{CC}>\nPREFIX : <http://example.org/>\n"


@pytest.fixture(scope="module")
def ask() -> Callable[[str], bool]:
    store = Store()
    store.load(DATA.encode(), format=RdfFormat.TRIG)

    def answer(query: str) -> bool:
        found = store.query(query)
        assert isinstance(found, QueryBoolean)
        return bool(found)

    return answer


def why(ask: Callable[[str], bool | None], query: str) -> Emptiness:
    return explain_empty(HEAD + query, ask, KNOWN)


def texts(found: Emptiness) -> list[str]:
    return [piece.text for piece in found.pieces]


def test_the_pattern_that_nothing_matches_is_named_with_its_place(ask: Callable[[str], bool]) -> None:
    found = why(ask, "SELECT * {\n  ?c a cc:City ;\n    :name ?n ;\n    :memberof ?x }")

    assert (found.kind, texts(found)) == ("pattern", ["?c :memberof ?x"])
    assert (found.pieces[0].place.line, found.pieces[0].place.column) == (6, 5)
    assert [piece.text for piece in found.culprits] == [":memberof"]
    assert [(term.kind, term.text, term.nearest) for term in found.unknown] == [
        ("property", ":memberof", ("http://example.org/memberOf",))
    ]


def test_a_class_that_is_not_in_use_has_its_nearest(ask: Callable[[str], bool]) -> None:
    found = why(ask, "SELECT * { ?c a cc:Comunity }")

    assert [piece.text for piece in found.culprits] == ["cc:Comunity"]
    assert found.unknown[0].suggestions[0] == "cc:Community"


def test_a_text_without_its_language_is_told_with_it(ask: Callable[[str], bool]) -> None:
    assert why(ask, 'SELECT * { ?c :name "Gand" }').suggestions == ('"Gand"@it',)
    assert why(ask, 'SELECT * { ?c :name "Gand"@en }').suggestions == ('"Gand"@it',)


@pytest.mark.parametrize(
    ("query", "pieces"),
    [
        ("SELECT * { ?c :memberOf ?x . ?c :people ?n . ?x a ?t }", ["?c :memberOf ?x", "?c :people ?n"]),
        ("SELECT * { VALUES ?c { :roma } ?c :name ?n }", ["VALUES ?c { :roma }", "?c :name ?n"]),
        ("SELECT * { ?c :name ?n } VALUES ?c { :roma }", ["?c :name ?n", "VALUES ?c { :roma }"]),
        ("SELECT * { BIND(:roma AS ?c) ?c :name ?n }", ["BIND(:roma AS ?c)", "?c :name ?n"]),
        ("SELECT * { { ?c :memberOf ?x . ?c :people ?n } }", ["?c :memberOf ?x", "?c :people ?n"]),
        (
            "SELECT * { {?c :memberOf ?x} UNION {?c :nothing ?x} OPTIONAL { ?c :name ?n } ?c :people ?m }",
            ["{?c :memberOf ?x} UNION {?c :nothing ?x}", "?c :people ?m"],
        ),
        ("ASK { ?c :memberOf ?x . ?c :people ?n }", ["?c :memberOf ?x", "?c :people ?n"]),
        ("CONSTRUCT { ?c a ?n } { ?c :memberOf ?x . ?c :people ?n }", ["?c :memberOf ?x", "?c :people ?n"]),
        ("SELECT * { SELECT ?c { ?c :memberOf ?x . ?c :people ?n } }", ["?c :memberOf ?x", "?c :people ?n"]),
        # No two of the three fail to meet; all three do.
        (
            "SELECT * { ?c :name ?n . ?d :memberOf ?x . ?e :people ?m . VALUES (?c ?d) { (:wien :gent) } "
            "VALUES (?d ?e) { (:gent :wien) } VALUES (?c ?e) { (:wien :gent) (:gent :wien) } }",
            [
                "VALUES (?c ?d) { (:wien :gent) }",
                "VALUES (?d ?e) { (:gent :wien) }",
                "VALUES (?c ?e) { (:wien :gent) (:gent :wien) }",
            ],
        ),
    ],
)
def test_patterns_that_match_alone_but_not_together_are_as_few_as_can_be(
    ask: Callable[[str], bool], query: str, pieces: list[str]
) -> None:
    found = why(ask, query)

    assert (found.kind, texts(found)) == ("join", pieces)
    assert found.is_smallest
    assert found.asked <= MOST_ASKED


@pytest.mark.parametrize(
    ("query", "pieces"),
    [
        ("SELECT * { ?c :name ?n FILTER(?n = 'Gand') FILTER(LANG(?n) = 'it') }", ["FILTER(?n = 'Gand')"]),
        (
            "SELECT * { ?c :name ?n FILTER(STR(?n) = 'Gand') FILTER(?c = :wien) FILTER(ISIRI(?c)) }",
            ["FILTER(STR(?n) = 'Gand')", "FILTER(?c = :wien)"],
        ),
        ("SELECT * { ?c a cc:City MINUS { ?c :name ?n } }", ["MINUS { ?c :name ?n }"]),
        ("SELECT * { ?c :memberOf ?x FILTER NOT EXISTS { ?c a ?t } }", ["FILTER NOT EXISTS { ?c a ?t }"]),
    ],
)
def test_conditions_that_leave_nothing_are_named(
    ask: Callable[[str], bool], query: str, pieces: list[str]
) -> None:
    found = why(ask, query)

    assert (found.kind, texts(found)) == ("filter", pieces)


@pytest.mark.parametrize("clause", ["LIMIT 0", "OFFSET 5"])
def test_a_modifier_that_leaves_no_row_is_named(ask: Callable[[str], bool], clause: str) -> None:
    found = why(ask, f"SELECT * {{ ?c a cc:City }} {clause}")

    assert (found.kind, texts(found)) == ("modifier", [clause])


def test_a_pattern_is_tried_in_the_graph_it_stands_in(ask: Callable[[str], bool]) -> None:
    inside = why(ask, "SELECT * { GRAPH :secret { ?c a cc:City ; :mayor ?m } }")
    nowhere = why(ask, "SELECT * { GRAPH :secrets { ?c :mayor ?m } }")
    outside = why(ask, "SELECT * { ?c :mayor ?m }")

    assert texts(inside) == ["?c a cc:City"]
    assert nowhere.empty_graph is not None
    assert nowhere.empty_graph.text == ":secrets"
    assert outside.is_elsewhere
    assert not inside.unknown


def test_a_query_that_finds_something_is_said_to(ask: Callable[[str], bool]) -> None:
    assert why(ask, "SELECT * { ?c a cc:City OPTIONAL { ?c :nothing ?x } } LIMIT 5").kind == "answered"


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("SELECT * { ?c ?p }", "syntax"),
        ("SELECT * { SERVICE <http://other.example/> { ?c ?p ?o } }", "service"),
        ("DESCRIBE :roma", "shape"),
    ],
)
def test_what_can_not_be_taken_apart_is_said_to_be_unknown(
    ask: Callable[[str], bool], query: str, reason: str
) -> None:
    found = why(ask, query)

    assert (found.kind, found.reason, found.pieces) == ("unknown", reason, ())


def test_a_subquery_in_which_no_fault_is_found_is_named_as_a_whole(ask: Callable[[str], bool]) -> None:
    found = why(ask, "SELECT * { { SELECT ?c { ?c a cc:City } LIMIT 0 } ?c :name ?n }")

    assert (found.kind, texts(found)) == ("pattern", ["{ SELECT ?c { ?c a cc:City } LIMIT 0 }"])


def test_what_is_not_answered_in_time_is_never_guessed() -> None:
    found = why(lambda _query: None, "SELECT * { ?c a cc:City ; :name ?n FILTER(?n = 1) }")

    assert (found.kind, found.reason) == ("unknown", "time")


def test_however_long_a_query_is_it_costs_so_many_questions_at_most() -> None:
    asked = []

    def ask(query: str) -> bool:
        asked.append(query)
        return "?c1 " not in query or "?c2 " not in query

    found = why(ask, "SELECT * { " + " ".join(f"?c{n} :name ?n{n} ." for n in range(60)) + " }")

    assert len(asked) == found.asked == MOST_ASKED
    assert found.kind == "unknown"


def test_terms_within_named_graphs_and_of_a_query_with_its_own_dataset_are_left_alone() -> None:
    inside = parse(HEAD + "SELECT * { GRAPH ?g { ?c a cc:Nothing ; :nothing ?x } }")
    chosen = parse(HEAD + "SELECT * FROM :secret { ?c :nothing ?x }")

    assert find_unknown(inside, KNOWN) == ()
    assert find_unknown(chosen, KNOWN) == ()
