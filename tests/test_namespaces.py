"""Names short and long: the one table of prefixes, read both ways."""

from __future__ import annotations

import pytest

from mesmart_kg.namespaces import NAMESPACE, PREFIXES, GraphNames, compact, expand


@pytest.mark.parametrize("prefix", PREFIXES)
def test_a_prefixed_name_and_its_iri_say_the_same(prefix: str) -> None:
    assert compact(expand(f"{prefix}:some-Name_1")) == f"{prefix}:some-Name_1"


def test_the_longest_namespace_names_a_term() -> None:
    assert compact(f"{NAMESPACE}def#City") == "cc:City"
    assert compact(f"{NAMESPACE}voc/mobility") == "voc:mobility"


@pytest.mark.parametrize(
    "iri", [f"{NAMESPACE}voc/role/member", f"{NAMESPACE}voc/", "https://example.org/thing", "urn:x"]
)
def test_what_a_query_could_not_read_stays_whole(iri: str) -> None:
    assert compact(iri) == f"<{iri}>"


def test_shapes_alignments_and_metadata_stay_out_of_the_default_graph() -> None:
    names = GraphNames("https://data.example.org/")

    assert names.in_default_graph(names.source("a-notice"))
    assert names.in_default_graph(names.provenance)
    assert not any(map(names.in_default_graph, (names.shapes, names.alignment, names.metadata)))
