"""What is read from a query's tokens; each attack here was seen to make a call with pyoxigraph 0.5.13."""

from __future__ import annotations

import contextlib
import socketserver
import threading
from collections.abc import Iterable, Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyoxigraph import QuerySolutions, Store

from mesmart_kg.query_text import examine


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("SELECT * { ?s ?p ?o }", "SELECT"),
        ("select(count(*) as ?n){}", "SELECT"),
        ("BASE <http://b/> PREFIX ask: <construct#> # ASK\nConstruct WHERE { ?s ?p ?o }", "CONSTRUCT"),
        ("DESCRIBE <http://a/b>", "DESCRIBE"),
        ("ASK{}", "ASK"),
        ("", None),
        ("hello", None),
        ("INSERT DATA { <a:a> <b:b> 1 }", None),
    ],
)
def test_the_first_word_after_the_prologue_is_the_form(text: str, form: str | None) -> None:
    assert examine(text).form == form


@pytest.mark.parametrize(
    "word", ["INSERT DATA {}", "delete where {}", "LOAD <http://a/>", "CLEAR ALL", "DROP ALL"]
)
def test_an_update_is_known_by_its_first_word(word: str) -> None:
    assert examine(f"PREFIX ex: <http://ex/> {word}").is_update


def test_the_word_for_an_update_elsewhere_makes_no_update() -> None:
    assert not examine("# DROP ALL\nSELECT ?insert { ?insert <http://x/delete> 'LOAD' }").is_update


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * { SERVICE <http://a/> { ?s ?p ?o } }",
        "SELECT * { service silent ?where { ?s ?p ?o } }",
        "PREFIX : <http://a/> SELECT * { SERVICE :x { ?s ?p ?o } }",
        "PREFIX ex: <http://a/> SELECT * { SERVICEex:x{?s ?p ?o} }",
        "PREFIX ex: <http://a/> SELECT * { SERVICESILENTex:x{?s ?p ?o} }",
        "SELECT * { ?s ?p trueSERVICE<http://a/>{?s ?p ?o} }",
        "SELECT * { VALUES ?x {<http://a/>} ?s ?p ?a,?b FILTER(?a<?b)SERVICE?x#>\n{ ?s ?p ?o } }",
        "SELECT * { ?s ?p ?a FILTER(?a<'x>')SERVICE <http://a/>{?s ?p ?o} FILTER('') }",
        "SELECT * { ?s ?p ?a FILTER(?a<?b#>'''\n)SERVICE <http://a/>{?s ?p ?o} #'''\n }",
        r"SELECT * { \u0053ERVICE <http://a/> { ?s ?p ?o } }",
        "SELECT * { { SELECT * { SERVICE <http://a/> { ?s ?p ?o } } } }",
        "SELECT * { # comment\n SERVICE # another\n <http://a/> { ?s ?p ?o } }",
        'VERSION "1.2" SELECT * { SERVICE <http://a/> {} }',
        "PREFIX : <http://a/> SELECT * { ?s a :.service<http://a/>{} }",
        "PREFIXex:<http://a/>SELECT * { SERVICE<http://a/>{} }",
        "PREFIX ex: <http://a/> SELECT * { ?s ?p ex:a.b.SERVICE<http://a/>{} }",
        "PREFIX ex: <http://a/> SELECT * { ?s ?p ex:a.b.service silent ex:c {} }",
        "PREFIX ex: <http://a/> SELECT * { ?s ?p ex:a.b.SERVICESILENTex:c {} }",
        "SELECT * { ?s a1SERVICE<http://a/>{} }",
        "SELECT * { ?s atrueSERVICE?x{} }",
        "PREFIX ex: <http://a/> SELECT * { ?s a1.SERVICEex:c{} }",
        'SELECT * { VALUES ?q {"\\u0022"} VALUES ?y {<http://a/\\u0041#\'>} SERVICE <http://a/> {} #\' "\n}',
        "PREFIX ex: <http://a/> SELECT * { VALUES ?y { ex:a\u0301\\'b } SERVICE <http://a/> {} #'\n}",
        'SELECT * { <<?s?p?o#>"""\n>> ?q ?r . SERVICE <http://a/> {} #"""\n}',
    ],
)
def test_a_call_of_another_endpoint_is_found_however_it_is_written(text: str) -> None:
    assert examine(text).services


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * { ?s ?p ?o } # SERVICE <http://a/> { ?s ?p ?o }",
        "SELECT * { ?s ?p 'SERVICE <http://a/> {}' }",
        'SELECT * { ?s ?p """a " SERVICE <http://a/> {}""" }',
        "SELECT * { ?s ?p ?service . ?service ?SERVICE $service }",
        "PREFIX service: <http://a/service/> SELECT * { service:a service:service ?o }",
        "PREFIX service: <http://a/> SELECT * FROM service:g { GRAPH service:g { ?s ?p ?o } }",
        "SELECT * { ?s <http://www.w3.org/ns/sparql-service-description#Service> ?o }",
        "SELECT * { ?s ?p ?a FILTER(?a = <http://a/(x)/service#y>) }",
        "SELECT * { ?s ?p 'it'@service }",
        "PREFIX ex: <http://a/> SELECT * { ex:SERVICE ex:service _:service }",
        "PREFIX ex: <http://a/> SELECT * FROM ex:a.service { ?s ex:my.service ex:service.1 {| ?p ?o |} }",
        "PREFIX ex: <http://a/> SELECT * FROM NAMED ex:a.service WHERE { GRAPH ex:a.service { ?s ?p ?o } }",
        "PREFIX ex: <http://a/> SELECT * { ?s ex:it\\'s 'SERVICE <http://a/> {}' }",
        "SELECT * { ?s <http://a/\\u0041SERVICE> 'a\\'SERVICE <http://a/> {}' }",
        r"SELECT * { ?s ?p '\u00E8 SERVICE <http://a/> {}' }",
    ],
)
def test_the_word_in_comments_strings_names_and_variables_is_no_call(text: str) -> None:
    assert examine(text).services == ()


def test_a_call_is_told_with_its_target_and_place() -> None:
    (call,) = examine("SELECT * {\n  SERVICE SILENT <http://a/> { ?s ?p ?o } }").services

    assert (call.target, call.line, call.column) == ("<http://a/>", 2, 3)


def test_a_call_is_told_with_what_a_rewriting_needs() -> None:
    query = "PREFIX a: <http://a/> SELECT * { ?s ?p trueSERVICE SILENT a:b { { ?s ?p '}' } } . ?s ?p ?o }"
    (call,) = examine(query).services

    assert (call.iri, call.is_silent) == ("http://a/b", True)
    assert query[slice(*call.clause or ())] == "SERVICE SILENT a:b { { ?s ?p '}' } }"
    assert query[slice(*call.group or ())] == "{ { ?s ?p '}' } }"


def test_calls_in_calls_are_told_each_with_its_own_end() -> None:
    query = "BASE <http://a/> SELECT * { SERVICE <x> { SERVICE ?y { } } SERVICE <z> {} }"
    calls = examine(query).services

    assert [call.iri for call in calls] == ["http://a/x", None, "http://a/z"]
    assert [query[slice(*call.clause or ())] for call in calls] == [
        "SERVICE <x> { SERVICE ?y { } }",
        "SERVICE ?y { }",
        "SERVICE <z> {}",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * { SERVICE <http://a/> { ?s ?p ?o",
        "SELECT * { SERVICE <http://a/> ?x }",
        "PREFIX ex: <http://a/> SELECT * { SERVICEex:x { } }",
        "SELECT * { ?s ?p ?a FILTER(?a<?b)SERVICE?x#>\n{ ?s ?p ?o } }",
        r"SELECT * { \u0053ERVICE <http://a/> { } }",
    ],
)
def test_a_call_that_may_be_read_otherwise_has_no_clear_end(text: str) -> None:
    calls = examine(text).services

    assert calls
    assert all(call.clause is None for call in calls)


def test_escapes_in_strings_make_no_second_call() -> None:
    text = r"SELECT * { ?s ?p '\u00E8' . SERVICE <http://a/> { ?s ?p '\u00E8' } }"
    (call,) = examine(text).services

    assert call.clause is not None
    assert call.iri == "http://a/"


@pytest.mark.parametrize(
    "expression",
    [
        "NOW()",
        "rand ( )",
        "StrUUID()",
        "UUID#\n()",
        "BNODE('a')",
        "1+NOW()",
        "COUNT(DISTINCTRAND())",
        "IF(1<2, NOW(), 0)",
        "IF(?a<?b#>'''\n, NOW(), '''''')",
    ],
)
def test_a_function_that_gives_something_else_each_time_makes_the_query_volatile(expression: str) -> None:
    assert examine(f"SELECT ({expression} AS ?x) {{}}").volatile


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * { ?now ?rand ?uuid } # NOW()",
        "SELECT * { ?s ?p 'NOW()', \"RAND()\", '''it's UUID()''' }",
        "PREFIX now: <http://now/> SELECT (now:rand(?x) AS ?uuid) { ?s now:now(1 2) }",
        "SELECT * { ?s <http://a/BNODE()> ?o FILTER(?now) FILTER(?o > ?rand) }",
        "PREFIX foaf: <http://xmlns.com/foaf/0.1/> SELECT * { ?s foaf:knows (1) }",
        "SELECT * { ?s ?p 'a'@now (1) }",
    ],
)
def test_the_names_of_such_functions_elsewhere_do_not(text: str) -> None:
    assert not examine(text).volatile


@pytest.mark.parametrize(
    ("text", "depth"),
    [
        ("DESCRIBE <http://a/>", 0),
        ("ASK {}", 1),
        ("SELECT (COUNT(?x) AS ?n) { { ?s ?p [ ?q (1 2) ] } }", 4),
        ("ASK { ?s ?p '((((', \"[[[\", '''{{{'{''' } # ((((", 1),
        ("ASK { ?s <http://a/((((> ?o, <http://a/b(> }", 1),
        ("PREFIX ex: <http://a/> ASK { ?s ex:a\\(\\( ?o }", 1),
        ("ASK { FILTER(?a<((((1))))&&2>1) }", 2),
        ("ASK { FILTER(?a<((((1&&2>1) }", 6),
        ("))))((((", 0),
    ],
)
def test_the_depth_is_that_of_brackets_of_all_kinds(text: str, depth: int) -> None:
    assert examine(text).depth == depth


def test_the_prologue_ends_where_the_query_begins() -> None:
    text = "BASE <http://b/> # PREFIX x: <y>\nPREFIX ask: <a> VERSION '1.2'SELECT * {}"

    assert text[examine(text).prologue :] == "SELECT * {}"


def test_more_doubtful_places_than_anyone_writes_count_as_a_call() -> None:
    doubtful = " || ".join(f"?a <b#{number}> 1" for number in range(40))

    assert examine(f"SELECT ?service {{ ?s ?p ?a FILTER({doubtful}) }}").services


def test_the_dataset_clause_is_read_with_prefixes_and_base() -> None:
    text = examine(
        "BASE <http://b/> PREFIX g: <graph/> SELECT * FROM <http://a/1> FROM g:two FROM NAMED <three> {}"
    )

    assert text.default_graphs == ("http://a/1", "http://b/graph/two")
    assert text.named_graphs == ("http://b/three",)


@given(st.text(alphabet=st.sampled_from("SERVICE<>'\"#(){}?:.\\/ ax1\nu0053@-"), max_size=200))
def test_no_text_is_too_odd_to_be_examined(text: str) -> None:
    found = examine(text)

    assert all(call.line >= 1 and call.column >= 1 for call in found.services)


@given(st.text(max_size=100))
def test_a_call_outside_of_strings_and_comments_is_found_after_any_string(text: str) -> None:
    quoted = "".join(f"\\u{ord(sign):04X}" if ord(sign) < 0x10000 else "" for sign in text if sign.isalnum())

    assert examine(f'SELECT * {{ ?s ?p "{quoted}" SERVICE <http://a/> {{ }} }}').services


_HIDDEN = st.sampled_from(
    ["SERVICE <http://a/> {}", "service", "NOW()", "FROM <http://a/>", "SERVICE ?x {", "it's", '"', "#", "{"]
)  # fmt: skip


@st.composite
def _hiding_places(draw: st.DrawFn) -> str:
    """A statement of any kind that holds words where they are no keywords."""
    hidden = draw(_HIDDEN)
    word = draw(st.sampled_from(["service", "SERVICE", "now", "UUID", "from", "SILENT"]))
    single = hidden.replace("'", "\\'")
    double = hidden.replace('"', '\\"')
    return draw(
        st.sampled_from(
            [
                f"?s ?p '{single}' .",
                f'?s ?p "{double}"@en .',
                f"?s ?p '''{single}\n{single}''' .",
                f'?s ?p """{double}\n""" .',
                f"?s ?p ?o . # {hidden}\n",
                f"?{word} ${word} ?{word}1 .",
                f"ex:{word} {word}:{word} [] .",
                f"ex:it\\'s ex:{word}\\#{word} 'x' .",
                f"<http://a/{word}#'{word}> <http://a/{word}()> '{word}'^^<http://a/{word}> .",
                f"<http://a/\\u0041#{word}> ?p 1 .",
                f"FILTER(?s<?o&&?o>1||?{word}<'{single}') ",
                f"FILTER(?s < <http://a/{word}#'> && ?o > 'x') ",
                f"FILTER(STR(?{word}) = '{single}') ",
                f"GRAPH {word}:g {{ ?s {word}:p ?o }} ",
            ]
        )
    )


_PREFIXES = "PREFIX ex: <http://ex/> " + " ".join(
    f"PREFIX {word}: <http://a/{word}/>" for word in ("service", "SERVICE", "now", "UUID", "from", "SILENT")
)


def _query(text: str) -> Iterable[object]:
    found = Store().query(text)
    return found if isinstance(found, QuerySolutions) else ()


@given(st.lists(_hiding_places(), max_size=6))
def test_words_where_they_are_no_keywords_never_count(statements: list[str]) -> None:
    text = f"{_PREFIXES} SELECT * {{ {' '.join(statements)} }}"
    found = examine(text)

    list(_query(text))  # that the engine takes it shows that it is meant so
    assert found.services == ()
    assert not found.volatile
    assert found.default_graphs == ()


@given(st.lists(_hiding_places(), max_size=3), st.lists(_hiding_places(), max_size=3))
def test_a_call_among_such_words_is_the_only_one(before: list[str], after: list[str]) -> None:
    clause = "SERVICE SILENT <http://127.0.0.1:1/> { ?s ?p 'SERVICE' }"
    text = f"{_PREFIXES} SELECT * {{ {' '.join(before)} {clause} {' '.join(after)} BIND(NOW() AS ?then) }}"
    found = examine(text)

    assert [text[slice(*call.clause or ())] for call in found.services] == [clause]
    assert found.volatile


class _Listener(socketserver.ThreadingMixIn, socketserver.TCPServer):
    """Counts the connections that are made to it, and hangs up."""

    daemon_threads = True
    connections = 0

    def verify_request(self, request: object, client_address: object) -> bool:
        self.connections += 1
        return False


@pytest.fixture(scope="module")
def listener() -> Iterator[_Listener]:
    with _Listener(("127.0.0.1", 0), socketserver.BaseRequestHandler) as server:
        thread = threading.Thread(target=server.serve_forever, args=[0.05])
        thread.start()
        yield server
        server.shutdown()
        thread.join()


_PIECES = st.lists(
    st.sampled_from(
        ["#", "'", '"', "'''", '"""', "\\", "\\u0022", "\\u0027", "\\'", "\n", " ", "<", ">", "<<", ">>",
         "<http://a/#'>", "<a#b>", "?a", "$b", "ex:a", "ex:it\\'s", "a\u0301", "1", "true", "'x'@en", "(",
         ")", "&&", "=", ";", ",", ".", "FILTER(?a<?b", "FILTER(1<", "VALUES ?x {", "}", "{", "SERVICE "]
    ),
    max_size=8,
).map("".join)  # fmt: skip


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    before=st.one_of(_PIECES, _hiding_places()),
    after=st.one_of(_PIECES, _hiding_places()),
    keyword=st.sampled_from(["SERVICE ", "service", "SERVICE SILENT", "trueSERVICE", "SERVICE#\n"]),
)
def test_whatever_the_engine_calls_is_told_beforehand(
    listener: _Listener, before: str, after: str, keyword: str
) -> None:
    """The engine may call less than is told (a text that is no SPARQL), but never more."""
    target = f"<http://127.0.0.1:{listener.server_address[1]}/>"
    text = f"{_PREFIXES} SELECT * {{ {before}{keyword}{target} {{ }} {after}\n}}"
    count = listener.connections
    with contextlib.suppress(SyntaxError, OSError, RuntimeError, ValueError):
        list(_query(text))

    assert listener.connections == count or examine(text).services


def test_the_engine_does_make_calls(listener: _Listener) -> None:
    """Without this, the test before would pass if the engine made none at all."""
    count = listener.connections
    with pytest.raises((OSError, RuntimeError)):
        list(_query(f"SELECT * {{ SERVICE <http://127.0.0.1:{listener.server_address[1]}/> {{}} }}"))

    assert listener.connections > count


def test_a_hundred_thousand_signs_made_to_be_slow_are_read_once() -> None:
    parts = [
        "a-",
        "a.",
        "'''",
        "<#'a> ",
        "?a<#",
        "a:....",
        '""a',
        '"\\',
        "'\\",
        "{",
        "service {",
        "(1 <#'a> ",
    ]
    for part in parts:
        assert examine("SELECT ?service { " + part * (100_000 // len(part))).form == "SELECT"


def test_a_name_with_tens_of_thousands_of_dots_is_searched_once() -> None:
    """Searched from each of its signs, it kept the whole site waiting for six seconds."""
    name = "a:" + "b." * 45_000 + "b"

    assert examine(f"SELECT * {{ {name} ?service ?x }}").services == ()
    assert examine(f"SELECT * {{ {name} ex:a.b.SERVICE ?x {{}} }}").services
    assert examine(f"SELECT * {{ a:{':' * 90_000}. ?service ?x }}").services == ()


@pytest.mark.parametrize(
    "dataset",
    [
        "BASE <http://a/>\n" + "BASE <a/>\n" * 9_800 + "SELECT * FROM <b> {}",
        "BASE <http://a/" + "a/" * 20_000 + ">\n" + "BASE <../a/>\n" * 4_000 + "SELECT * FROM <b> {}",
        "BASE <http://a/" + "a/" * 20_000 + ">\nSELECT *" + " FROM <b>" * 6_500 + " {}",
        "PREFIX a: <http://a/" + "a/" * 20_000 + ">\nSELECT *" + " FROM a:b" * 6_500 + " {}",
    ],
)
def test_a_long_base_is_not_put_before_thousands_of_names(dataset: str) -> None:
    """What is asked is not known then, so it counts as what is refused."""
    found = examine(dataset)

    assert found.services
    assert sum(map(len, found.default_graphs)) < 1_000_000


def test_a_thousand_graphs_by_relative_names_are_told() -> None:
    graphs = " ".join(f"FROM <graph/{number}>" for number in range(1_000))
    found = examine(f"BASE <https://example.org/of-usual-length/> SELECT * {graphs} {{}}")

    assert not found.services
    assert found.default_graphs[-1] == "https://example.org/of-usual-length/graph/999"


def test_a_call_behind_more_signs_than_are_read_is_told_all_the_same() -> None:
    assert examine("SELECT * { " + "{}" * 30_000 + " SERVICE <http://a/> { } }").services
    assert not examine("SELECT * { " + "{}" * 30_000 + " ?s ?p 'service' }").services


def test_a_text_full_of_quotes_that_nothing_closes_is_taken_to_call_a_service_it_names() -> None:
    quotes = '"\\' * 20

    assert examine(f"SELECT * {{ {quotes} SERVICE <http://a/> {{}} }}").services
    assert not examine(f"SELECT * {{ {quotes} }}").services
