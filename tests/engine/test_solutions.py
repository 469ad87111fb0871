"""What an engine sends, read as values; what is no answer at all is the engine's fault, said so."""

from __future__ import annotations

import pytest

from mesmart_kg.engine.solutions import read_boolean, read_graph, read_solutions
from mesmart_kg.errors import EngineUnavailable
from mesmart_kg.store import Literal, NamedNode, Triple

GARBAGE = (b"", b"<html>Bad Gateway</html>", b"{}", b"[1, 2]", b"\xff\xfe", b'{"head": {"vars": ["a"]}')


@pytest.mark.parametrize("document", GARBAGE)
def test_garbage_is_no_result(document: bytes) -> None:
    with pytest.raises(EngineUnavailable):
        read_solutions(document)
    with pytest.raises(EngineUnavailable):
        read_boolean(document)


@pytest.mark.parametrize("document", [garbage for garbage in GARBAGE if garbage])
def test_garbage_is_no_graph(document: bytes) -> None:
    with pytest.raises(EngineUnavailable):
        read_graph(document)


def test_a_graph_is_its_triples_each_once() -> None:
    line = b'<urn:a> <urn:b> "c"@it .\n'

    triple = Triple(NamedNode("urn:a"), NamedNode("urn:b"), Literal("c", language="it"))
    assert read_graph(line + line) == {triple}
