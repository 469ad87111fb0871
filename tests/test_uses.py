"""Statements counted by reading them are what an engine answers when it is asked."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from mesmart_kg.metadata.uses import count_lines, sum_up
from mesmart_kg.namespaces import expand
from mesmart_kg.store import Dataset, Literal, NamedNode, Quad

BASE = "https://example.org/"
_THINGS = st.sampled_from([NamedNode(f"{BASE}{path}") for path in ("id/a", "id/b", "c", "d")])
_CLASSES = st.sampled_from([NamedNode(f"{BASE}def#{name}") for name in ("A", "B", "C")])
_TYPE = NamedNode(expand("rdf:type"))
_LITERALS = st.sampled_from(
    [
        Literal("plain"),
        Literal(f"<{expand('rdf:type')}> <x>"),
        Literal("it^^<x>", language="it"),
        Literal("1", datatype=NamedNode(expand("xsd:integer"))),
        Literal("2026-11-22", datatype=NamedNode(expand("xsd:date"))),
    ]
)
_quads = st.lists(
    st.one_of(
        st.builds(Quad, _THINGS, st.just(_TYPE), _CLASSES),
        st.builds(
            Quad,
            _THINGS,
            st.sampled_from([NamedNode(f"{BASE}def#p"), NamedNode(f"{BASE}def#q")]),
            st.one_of(_THINGS, _LITERALS, _CLASSES),
        ),
    ),
    max_size=40,
    unique=True,
)


def begins(lines: list[bytes], place: int) -> bool:
    """Tell whether a subject begins at this line."""
    return lines[place].split(b" ")[0] != lines[place - 1].split(b" ")[0]


@given(quads=_quads)
@settings(max_examples=150)
def test_what_is_counted_is_what_an_engine_answers(quads: list[Quad]) -> None:
    dataset = Dataset(quads)
    lines = dataset.canonical_lines()
    cut = next((place for place in range(len(lines) // 2, len(lines)) if begins(lines, place)), 0)
    told = sum_up([count_lines(lines[:cut], BASE), count_lines(lines[cut:], BASE)])

    def ask(query: str) -> dict[tuple[str, ...], int]:
        return {
            tuple(term.value for name, term in row.items() if name != "n"): int(row["n"].value)
            for row in dataset.select(query)
        }

    def count(query: str) -> int:
        return next(iter(ask(query).values()), 0)

    assert told.triples == len(quads)
    assert told.subjects == count("SELECT (COUNT(DISTINCT ?s) AS ?n) { ?s ?p ?o }")
    own = f'FILTER(STRSTARTS(STR(?s), "{BASE}id/"))'
    assert told.entities == count(f"SELECT (COUNT(DISTINCT ?s) AS ?n) {{ ?s ?p ?o {own} }}")
    for found, query in (
        (told.classes, "SELECT ?k (COUNT(*) AS ?n) { ?s a ?k } GROUP BY ?k"),
        (told.properties, "SELECT ?k (COUNT(*) AS ?n) { ?s ?k ?o } GROUP BY ?k"),
        (told.property_subjects, "SELECT ?k (COUNT(DISTINCT ?s) AS ?n) { ?s ?k ?o } GROUP BY ?k"),
    ):
        assert {(key,): number for key, number in found.items()} == ask(query)
        assert list(found) == sorted(found)
    uses = {(use.subject_class, use.property): use for use in told.uses}
    assert list(uses) == sorted(uses)
    assert {key: use.triples for key, use in uses.items()} == ask(
        "SELECT ?c ?p (COUNT(*) AS ?n) { ?s a ?c ; ?p ?o } GROUP BY ?c ?p"
    )
    assert {(*key, end): n for key, use in uses.items() for end, n in use.classes.items()} == ask(
        "SELECT ?c ?p ?e (COUNT(*) AS ?n) { ?s a ?c ; ?p ?o . ?o a ?e } GROUP BY ?c ?p ?e"
    )
    assert {(*key, end): n for key, use in uses.items() for end, n in use.datatypes.items()} == ask(
        "SELECT ?c ?p ?e (COUNT(*) AS ?n) { ?s a ?c ; ?p ?o FILTER(ISLITERAL(?o)) }"
        " GROUP BY ?c ?p (DATATYPE(?o) AS ?e)"
    )
