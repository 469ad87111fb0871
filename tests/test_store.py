"""Terms, canonical forms, and a default graph that holds a triple once."""

from __future__ import annotations

import pytest

from mesmart_kg import formats
from mesmart_kg.errors import QuerySyntaxError
from mesmart_kg.namespaces import expand
from mesmart_kg.store import (
    Dataset,
    Literal,
    NamedNode,
    Quad,
    canonical_literal,
    canonical_nquads,
    canonical_ntriples,
    parse_text,
    serialize,
)

S, P, G, H = (NamedNode(f"https://example.org/{name}") for name in "spgh")
COUNT = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"


def literal(value: str, datatype: str) -> Literal:
    return Literal(value, datatype=NamedNode(expand(datatype)))


def count(dataset: Dataset) -> str:
    return next(dataset.select(COUNT))["n"].value


@pytest.mark.parametrize(
    ("given", "datatype", "kept"),
    [
        ("01", "xsd:integer", "1"),
        ("1.50", "xsd:decimal", "1.5"),
        ("1", "xsd:boolean", "true"),
        ("2026-01-01T00:00:00.00Z", "xsd:dateTime", "2026-01-01T00:00:00Z"),
        ("2018", "xsd:gYear", "2018"),
        ("2026-11-22", "xsd:date", "2026-11-22"),
        ("not a number", "xsd:integer", "not a number"),
        ("01", "xsd:string", "01"),
        ("POINT(1.50 2.0)", "geo:wktLiteral", "POINT(1.50 2.0)"),
    ],
)
def test_a_literal_gets_the_form_that_the_store_gives_back(given: str, datatype: str, kept: str) -> None:
    canonical = canonical_literal(literal(given, datatype))

    assert canonical == literal(kept, datatype)
    stored = next(Dataset([Quad(S, P, canonical, G)]).quads())
    assert stored.object == canonical
    assert canonical_literal(canonical) == canonical


@pytest.mark.parametrize(
    "datatype", ["xsd:nonNegativeInteger", "xsd:int", "xsd:unsignedByte", "xsd:dateTimeStamp"]
)
def test_a_type_that_the_store_would_turn_into_another_is_refused(datatype: str) -> None:
    value = "2026-01-01T00:00:00Z" if datatype == "xsd:dateTimeStamp" else "1"

    with pytest.raises(ValueError, match=datatype):
        canonical_literal(literal(value, datatype))


def test_sorted_lines_are_the_canonical_form_of_rdfc_1_0() -> None:
    pyoxigraph = pytest.importorskip("pyoxigraph")
    awkward = ["", 'a\tb\r\n"\\', "\x01\x08\x7f", "è ☃ 𝄞 \U0001fffe", "a > b . c <d>"]
    quads = [Quad(S, P, Literal(text), graph) for text in awkward for graph in (G, H)]
    quads += [
        Quad(S, P, Literal("x", language="it"), G),
        Quad(H, P, S, G),
        Quad(S, P, literal("7", "xsd:integer"), G),
    ]
    reference = pyoxigraph.Dataset(quads)
    reference.canonicalize(pyoxigraph.CanonicalizationAlgorithm.RDFC_1_0)

    lines = list(canonical_nquads(reversed(quads)))

    assert lines == sorted(str(reference).encode().splitlines(keepends=True))
    assert list(canonical_nquads(parse_text(b"".join(lines), formats.NQUADS))) == lines


def test_lines_come_once_whatever_the_order_and_number_of_quads() -> None:
    one, other = Quad(S, P, Literal("1")).triple, Quad(S, P, Literal("2")).triple

    assert list(canonical_ntriples([other, one, other])) == list(canonical_ntriples([one, other]))
    assert len(list(canonical_ntriples([other, one, other]))) == 2


def test_what_two_graphs_say_counts_once_in_the_default_graph() -> None:
    dataset = Dataset([Quad(S, P, S, G), Quad(S, P, S, H)])

    assert count(dataset) == "1"
    assert sum(1 for _ in dataset.quads()) == 2
    assert [str(triple) for triple in dataset.default_triples()] == [str(Quad(S, P, S).triple)]


def test_the_lines_of_a_graph_are_those_of_its_triples() -> None:
    quads = [Quad(S, P, Literal(text), graph) for text in ("b", "a\n") for graph in (G, H)]
    dataset = Dataset(quads)

    assert dataset.canonical_lines(G.value) == list(canonical_ntriples(q.triple for q in quads[::2]))
    assert dataset.canonical_lines() == list(canonical_ntriples(dataset.default_triples()))
    assert dataset.canonical_lines("https://example.org/none") == []


def test_a_graph_that_does_not_belong_to_the_merge_is_found_by_name_only() -> None:
    dataset = Dataset([Quad(S, P, S, G), Quad(S, P, P, H)], merges=lambda name: name == G.value)

    assert count(dataset) == "1"
    assert dataset.graph_names() == [G.value, H.value]
    assert dataset.ask("ASK { GRAPH <https://example.org/h> { ?s ?p <https://example.org/p> } }")


def test_removing_a_graph_leaves_what_others_say_too() -> None:
    dataset = Dataset([Quad(S, P, S, G), Quad(S, P, S, H), Quad(S, P, P, G)])

    dataset.remove_graph(G.value)

    assert [triple.object for triple in dataset.default_triples()] == [S]
    assert dataset.graph_names() == [H.value]
    dataset.remove_graph(H.value)
    assert len(dataset) == 0


def test_a_solution_has_no_key_for_a_variable_without_value() -> None:
    dataset = Dataset([Quad(S, P, Literal("1"), G)])

    solutions = list(dataset.select("SELECT ?s ?o ?none { ?s ?p ?o OPTIONAL { ?o ?p ?none } }", {"s": S}))

    assert solutions == [{"s": S, "o": Literal("1")}]


def test_a_query_that_is_not_sparql_says_where() -> None:
    with pytest.raises(QuerySyntaxError) as error:
        Dataset().ask("ASK {\n  ?s ?p }")

    assert error.value.line == 2
    assert error.value.column > 1


@pytest.mark.parametrize("verb", ["select", "ask", "construct"])
def test_a_query_of_another_form_is_a_programming_error(verb: str) -> None:
    query = "ASK {}" if verb != "ask" else "SELECT * {}"

    with pytest.raises(TypeError, match=verb.upper()):
        list(getattr(Dataset(), verb)(query))


def test_every_rdf_format_is_written_and_read_back() -> None:
    quads = [Quad(S, P, Literal("è", language="it"), G)]
    for each in formats.RDF_FORMATS:
        statements = quads if each.holds_graph_names else [quads[0].triple]
        back = list(parse_text(serialize(statements, each), each))
        assert [quad.triple for quad in back] == [quads[0].triple], each.name


def test_triples_of_the_default_graph_are_found_by_their_terms() -> None:
    dataset = Dataset([Quad(S, P, Literal("1")), Quad(P, P, S, G), Quad(S, G, S, H)])

    assert {str(triple.object) for triple in dataset.match(predicate=P)} == {'"1"', str(S)}
    assert [triple.subject for triple in dataset.match(value=Literal("1"))] == [S]
    assert len(list(dataset.match(S))) == dataset.count_default() - 1
    assert list(dataset.match(Literal("1"))) == []
