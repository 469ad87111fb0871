"""How Turtle becomes blocks with their lines, and what is refused in it."""

from __future__ import annotations

import pytest
from data_folder import BASE, Facts

from mesmart_kg.errors import FactError

NOTICE = '''\
# What the notice says.
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
PREFIX cc: <https://w3id.org/city-communities/def#>

<id/city/it-messina> a cc:City ;
    skos:prefLabel "Messina"@it . # a dot. In a comment; and a quote "

<id/project/mesmart>
    skos:note """Two lines.
A dot. <not an iri> # no comment""" , 'it\\'s'@en ;
    cc:population 1.5 .
<id/a.b>skos:note"a.".cc:x.y skos:note 7.
'''


def refusal(facts: Facts) -> FactError:
    """Return the error of reading, which is that of collecting."""
    with pytest.raises(FactError) as caught:
        facts.read()
    with pytest.raises(FactError) as again:
        facts.collect()
    assert str(again.value) == str(caught.value)
    return caught.value


def test_a_statement_is_a_block_that_begins_at_its_subject(facts: Facts) -> None:
    facts.write("facts/messina-2021.ttl", NOTICE)

    blocks = facts.read()
    assert [(block.line, len(block.quads)) for block in blocks] == [(5, 2), (8, 3), (12, 1), (12, 1)]
    assert {block.file for block in blocks} == {"data/facts/messina-2021.ttl"}


def test_names_are_relative_to_the_base_iri(facts: Facts) -> None:
    facts.write("facts/messina-2021.ttl", NOTICE)

    assert str(facts.read()[0].quads[0].subject) == f"<{BASE}id/city/it-messina>"


@pytest.mark.parametrize(
    ("file", "graph"),
    [
        ("facts/messina-2021.ttl", "graph/source/messina-2021"),
        ("concepts/topic.ttl", "graph/concepts"),
        ("links/bologna.ttl", "graph/links/bologna"),
    ],
)
def test_the_folder_names_the_graph(facts: Facts, file: str, graph: str) -> None:
    facts.write(file, "<a> <b> <c> .")

    assert str(facts.read()[0].quads[0].graph_name) == f"<{BASE}{graph}>"


def test_literals_take_the_form_the_store_keeps(facts: Facts) -> None:
    facts.write("facts/a.ttl", "<a> <b> 007, 1.50 .")

    xsd = "http://www.w3.org/2001/XMLSchema#"
    objects = {str(quad.object) for quad in facts.read()[0].quads}
    assert objects == {f'"7"^^<{xsd}integer>', f'"1.5"^^<{xsd}decimal>'}


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("<a> <b> <c> .\n<a> <b>\n  <c d> .\n", 3, "not Turtle"),
        ("<a> <b> <c> .\n\n<a> <b> <c>\n", 3, "not Turtle"),
        ("<a> <b> <c> .\n<a> nope:P31 <c> .\n", 2, "not Turtle: The prefix nope: has not been declared"),
        ('<a> <b> "unclosed .\n<a> <b> <c> .\n', 1, "not Turtle"),
        ("<a> <b> <c> .\n\n<a> <b> [ <c> <d> ] .\n", 3, "a blank node"),
        ("<a> <b> <c> .\n_:x <b> <c> .\n", 2, "a blank node"),
        ("<a> <b> _:x .\n", 1, "a blank node"),
        ("<a> <b> ( <c> <d> ) .\n", 1, "a blank node"),
        ("\n@base <http://example.com/> .\n<a> <b> <c> .\n", 2, "leave out @base"),
        ("BASE <http://example.com/>\n<a> <b> <c> .\n", 1, "leave out @base"),
        ('<a> <b> "1"^^<http://www.w3.org/2001/XMLSchema#int> .\n', 1, "write that type"),
        (b"<a> <b> <c> .\n<a> <b> '\xe9' .\n", 2, "UTF-8"),
    ],
)
def test_what_can_t_be_read_is_named_by_its_line(
    facts: Facts, text: str | bytes, line: int, words: str
) -> None:
    facts.write("facts/a.ttl", text)

    error = refusal(facts)
    assert (error.file, error.line) == ("data/facts/a.ttl", line)
    assert words in str(error)


def test_a_folder_that_stands_for_no_graph_is_refused(facts: Facts) -> None:
    facts.write("elsewhere/a.ttl", "<a> <b> <c> .")

    assert "the folder names the graph" in str(refusal(facts))
