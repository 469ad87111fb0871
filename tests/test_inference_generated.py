"""Generated rules over generated facts: ours against the plainest way to run rules.

The reference asks every rule of everything, again and again, until nothing new is found. Rules that deny come
in a second layer, and deny what the first concludes: there the reference finishes the first layer before.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from typing import Literal, TypeAlias

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from inferring import EX, HEADER, conclude, rule, shorten

from mesmart_kg import formats
from mesmart_kg.inference import Rule
from mesmart_kg.store import Dataset, Quad, Triple, canonical_ntriples, parse_text

NODES = [f":n{i}" for i in range(5)]
LOW = [":p0", ":p1", ":p2"]
LOW_CLASSES = [":C0", ":C1"]
HIGH = [":q0", ":q1"]
HIGH_CLASSES = [":D0"]
ALL = [*NODES, *LOW, *LOW_CLASSES, *HIGH, *HIGH_CLASSES]

Texts: TypeAlias = st.SearchStrategy[str]
Kind: TypeAlias = Literal["low", "any", "denying"]

variables = st.sampled_from(["?x", "?y", "?z"])
nodes = st.sampled_from(NODES)
values = st.sampled_from([*NODES, '"a b"', "7", '"così"@it'])


def triples(subjects: Texts, properties: list[str], classes: list[str], objects: Texts) -> Texts:
    links = st.builds("{} {} {}".format, subjects, st.sampled_from(properties), objects)
    return links | st.builds("{} a {}".format, subjects, st.sampled_from(classes))


facts = st.lists(
    st.tuples(
        st.sampled_from(["a", "b", "apart"]), triples(nodes, [*LOW, ":q0"], [*LOW_CLASSES, ":D0"], values)
    ),
    min_size=2,
    max_size=25,
)


def bodies(properties: list[str], classes: list[str], kind: Kind) -> Texts:
    """Groups of a rule: patterns, then perhaps something that is none."""
    plain = triples(
        variables | st.just(":n1"), properties, classes, variables | st.sampled_from([":n0", '"a b"', "7"])
    )
    some = st.sampled_from(properties)
    paths = st.one_of(
        st.builds("?x {}+ ?y".format, some),
        st.builds("?x {}/^{} ?y".format, some, some),
        st.builds("?y ({}|{}) ?z".format, some, some),
        st.builds("?x a :C0 ; {}* ?y".format, some),
        st.builds("?x :p0 ?z ; {}? ?y".format, some),
    )
    more = [
        st.just(""),
        st.just(""),
        st.just("FILTER(?x != ?y)"),
        paths,
        plain,
        st.builds("FILTER EXISTS {{ {} }}".format, plain),
        st.builds("FILTER(?x != ?y && EXISTS {{ {} }})".format, plain),
        st.builds("{{ {} }} UNION {{ {} }}".format, plain, plain),
        st.builds("{{ {} FILTER(isIRI(?y)) }}".format, plain),
        st.builds("{{ SELECT ?x ?y {{ {} . {} }} }}".format, plain, plain),
        st.just("BIND(?x AS ?w) VALUES ?y { :n0 :n1 }"),
        st.just("?x :p0 [ :p1 ?y ]"),
    ]
    if kind != "low":
        # These read any term, so they stand in no first layer.
        more += [st.just("?x ?w ?y"), st.just("?x a ?y"), st.just("?x !:p0 ?y"), st.just("?x :p2? ?y")]
    if kind == "denying":
        low = triples(variables, LOW, LOW_CLASSES, variables)
        more += [
            st.builds("FILTER NOT EXISTS {{ {} }}".format, low),
            st.builds("MINUS {{ {} }}".format, low),
            st.builds("OPTIONAL {{ {} }}".format, low),
            st.builds("OPTIONAL {{ ?x :p1 ?v . {} }} FILTER(!BOUND(?v))".format, low),
        ]
    return st.builds(" . ".join, st.lists(plain, min_size=1, max_size=2)).flatmap(
        lambda patterns: st.one_of(more).map(lambda rest: f"{patterns} . {rest}")
    )


def rules(kind: Kind) -> st.SearchStrategy[list[str]]:
    """Queries of one layer. One that may conclude anything at all can't stand beside one that denies."""
    concluded, read = (LOW, LOW) if kind == "low" else (HIGH, [*LOW, *HIGH])
    made, seen = (
        (LOW_CLASSES, LOW_CLASSES) if kind == "low" else (HIGH_CLASSES, [*LOW_CLASSES, *HIGH_CLASSES])
    )
    heads = triples(variables, concluded, made, variables | nodes)
    if kind == "any":
        heads |= st.just("?y ?w ?x")
    template = st.lists(heads, min_size=1, max_size=2).map(" . ".join)
    text = st.builds("CONSTRUCT {{ {} }} WHERE {{ {} # end\n }}".format, template, bodies(read, seen, kind))
    return st.lists(text, max_size=4)


def named(texts: Iterable[str], layer: str) -> list[Rule]:
    """Rules that announce what their heads name; anything at all where a head has a variable for it."""
    made = []
    for number, text in enumerate(texts):
        head = text[: text.index("WHERE")].split()
        terms = ALL if "?w" in head else [word for word in head if word in ALL and word not in NODES]
        made.append(rule(text, *(EX + term[1:] for term in dict.fromkeys(terms)), name=f"{layer}-{number}"))
    return made


def reference(trig: str, layers: Iterable[list[Rule]]) -> set[str]:
    """What follows, found by asking everything again until nothing is new."""
    stated: set[Triple] = set()
    premises = Dataset()
    for quad in parse_text(HEADER + trig, formats.TRIG):
        stated.add(quad.triple)
        if not str(quad.graph_name).endswith("apart>"):
            premises.add([Quad(quad.subject, quad.predicate, quad.object)])
    found: set[Triple] = set()
    for layer in layers:
        while new := {triple for each in layer for triple in premises.construct(each.query)} - found:
            found |= new
            premises.add(Quad(triple.subject, triple.predicate, triple.object) for triple in new)
    return set(map(shorten, canonical_ntriples(found - stated)))


@pytest.mark.slow
@settings(max_examples=100)
@given(
    told=facts,
    low=rules("low"),
    high=rules("any") | rules("denying"),
    seed=st.integers(0, 1000),
)
def test_rules_conclude_what_asking_everything_again_concludes(
    told: list[tuple[str, str]], low: list[str], high: list[str], seed: int
) -> None:
    trig = " ".join(f"GRAPH :{graph} {{ {triple} }}" for graph, triple in told)
    layers = named(low, "low"), named(high, "high")
    every = [*layers[0], *layers[1]]
    random.Random(seed).shuffle(every)

    _, found = conclude(trig, every, apart=[EX + "apart"])

    assert found == reference(trig, layers)
