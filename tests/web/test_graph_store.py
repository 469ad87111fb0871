"""The Graph Store Protocol, reading: which graph a request means, and what is refused."""

from __future__ import annotations

from contextlib import suppress
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from serving import BASE
from werkzeug.exceptions import MethodNotAllowed

from mesmart_kg.engine import GraphChoice
from mesmart_kg.errors import ResourceNotFound
from mesmart_kg.release import Release
from mesmart_kg.web.graph_store import (
    ALL_TRIPLES,
    INDIRECT,
    GraphRequest,
    is_graph_path,
    read_graph_request,
    to_query,
)
from mesmart_kg.web.problems import BadRequest

NOTICE = f"{BASE}graph/source/notice"


def read(path: str, query_string: str = "", method: str = "GET") -> GraphRequest:
    return read_graph_request(method, path, query_string, BASE)


def choose(path: str, release: Release, query_string: str = "") -> GraphChoice | None:
    return to_query(read(path, query_string), release, BASE).graphs


def test_a_graph_is_named_by_its_own_iri_or_by_a_parameter(release: Release) -> None:
    assert choose("/graph/source/notice", release) == GraphChoice((NOTICE,))
    assert choose(INDIRECT, release, f"graph={quote(NOTICE, safe='')}") == GraphChoice((NOTICE,))
    assert choose(INDIRECT, release, f"graph={NOTICE}") == GraphChoice((NOTICE,))
    assert choose(INDIRECT, release, f"graph={BASE}graph/metadata") == GraphChoice((f"{BASE}graph/metadata",))


def test_the_default_graph_needs_no_name_beside_the_query(release: Release) -> None:
    for query_string in ("default", "default=", "format=ttl&default"):
        assert choose(INDIRECT, release, query_string) is None
    assert to_query(read(INDIRECT, "default"), release, BASE).text == ALL_TRIPLES


def test_format_and_release_are_read_beside_the_graph(release: Release) -> None:
    request = read(INDIRECT, "default&format=nt&release=2026-11-22-0123abcd")

    assert (request.format_name, request.release_id) == ("nt", "2026-11-22-0123abcd")
    query = to_query(request, release, BASE)
    assert (query.format_name, query.release_id) == ("nt", "2026-11-22-0123abcd")
    assert read("/graph/source/notice", "format=").format_name is None


@pytest.mark.parametrize(
    ("path", "query_string"),
    [
        ("/graph/source/unknown", ""),
        ("/graph/source/notice/", ""),
        ("/graph/source/..%2Fsource%2Fnotice", ""),
        (INDIRECT, "graph=http://example.org/unknown"),
        (INDIRECT, f"graph={BASE}graph/source/notic%2565"),  # decoded once, not twice
        (INDIRECT, "graph=file:///etc/passwd"),
    ],
)
def test_a_graph_that_the_release_does_not_have_is_not_found(
    path: str, query_string: str, release: Release
) -> None:
    with pytest.raises(ResourceNotFound):
        choose(path, release, query_string)


@pytest.mark.parametrize(
    ("path", "query_string", "kind"),
    [
        (INDIRECT, "", "one-graph"),
        (INDIRECT, f"default&graph={NOTICE}", "one-graph"),
        (INDIRECT, f"graph={NOTICE}&graph={NOTICE}", "one-graph"),
        ("/graph/source/notice", "default", "one-graph"),
        ("/graph/source/notice", f"graph={NOTICE}", "one-graph"),
        (INDIRECT, "graph=", "graph-name"),
        (INDIRECT, "graph=graph/source/notice", "graph-name"),
        (INDIRECT, "graph=http://e/%3E%20%7D", "graph-name"),
        (INDIRECT, "graph=%ff", "not-utf-8"),
        (INDIRECT, "&".join(["a=1"] * 101), "too-many-parameters"),
    ],
)
def test_a_request_that_names_no_graph_is_refused(path: str, query_string: str, kind: str) -> None:
    with pytest.raises(BadRequest) as refused:
        read(path, query_string)

    assert (refused.value.status, refused.value.kind) == (400, kind)


@pytest.mark.parametrize("method", ["PUT", "POST", "DELETE", "PATCH", "QUERY", "get"])
def test_what_would_write_is_answered_with_what_is_allowed(method: str) -> None:
    for path in (INDIRECT, "/graph/source/notice"):
        with pytest.raises(MethodNotAllowed) as refused:
            read(path, f"graph={NOTICE}", method)
        assert dict(refused.value.get_headers())["Allow"] == "GET, HEAD, OPTIONS"


def test_letters_beyond_ascii_may_come_percent_encoded(release: Release) -> None:
    request = read("/graph/source/citt%C3%A0")

    assert request.iris == (f"{BASE}graph/source/citt%C3%A0", f"{BASE}graph/source/città")


def test_only_paths_of_graphs_are_read() -> None:
    assert is_graph_path(INDIRECT)
    assert is_graph_path("/graph/ontology")
    for path in ("/", "/graph", "/graph/", "/graphs", "/sparql", "/sparql-graphs/", "/sparql-graphs2"):
        assert not is_graph_path(path)


@given(st.text(max_size=80), st.text(max_size=80))
def test_any_path_and_query_is_read_or_refused(path: str, query_string: str) -> None:
    for start in (INDIRECT, f"/graph/{path}"):
        with suppress(BadRequest):  # and nothing else
            assert len(read(start, query_string).iris) <= 2
