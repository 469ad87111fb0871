"""The request side of the SPARQL 1.1 Protocol: every way to write a request means what the standard says."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st
from serving import Server

from mesmart_kg.engine import GraphChoice
from mesmart_kg.errors import QueryRefused, QueryTooLarge
from mesmart_kg.web.problems import BadRequest
from mesmart_kg.web.protocol import FORM, MOST_FIELDS, QUERY, UPDATE, QueryRequest, read_request

MOST = 5000
FORESEEN = (BadRequest, QueryRefused, QueryTooLarge)

# Any text that UTF-8 can hold; the first sign of a body that is no byte order mark, which is dropped there.
texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=200).filter(
    lambda text: not text.startswith("\ufeff")
)
iris = st.builds(
    "{}:{}".format, st.sampled_from(["http", "urn"]), st.from_regex(r"[a-z/.?=&+é\-]{1,20}", fullmatch=True)
)
encoders = st.sampled_from([quote, quote_plus])
Encoder = Callable[..., str]


def write(fields: list[tuple[str, str]], encode: Encoder = quote_plus) -> bytes:
    return "&".join(f"{name}={encode(value, safe='')}" for name, value in fields).encode()


def read(
    method: str, query_string: bytes = b"", content_type: str = "", body: bytes = b""
) -> QueryRequest | None:
    return read_request(method, query_string, content_type, body, MOST)


def status_of(method: str, query_string: bytes = b"", content_type: str = "", body: bytes = b"") -> int:
    with pytest.raises(BadRequest) as caught:
        read(method, query_string, content_type, body)
    return caught.value.status


@given(texts, st.lists(iris, max_size=3), st.lists(iris, max_size=3), encoders)
def test_each_of_the_ways_to_ask_asks_the_same(
    text: str, default_graphs: list[str], named_graphs: list[str], encode: Encoder
) -> None:
    graphs = [("default-graph-uri", iri) for iri in default_graphs]
    graphs += [("named-graph-uri", iri) for iri in named_graphs]
    fields = [("query", text), *graphs]
    body = text.encode()

    asked = read("GET", write(fields, encode))

    assert asked is not None
    assert asked.text == text
    if graphs:
        assert asked.graphs == GraphChoice(
            tuple(dict.fromkeys(default_graphs)), tuple(dict.fromkeys(named_graphs))
        )
    else:
        assert asked.graphs is None
    assert read("HEAD", write(fields, encode)) == asked
    for method in ("POST", "QUERY"):
        assert read(method, b"", FORM, write(fields, encode)) == asked
        assert read(method, write(graphs, encode), FORM, write([("query", text)], encode)) == asked
        assert read(method, write(graphs, encode), QUERY, body) == asked
        assert read(method, write(graphs), f"{QUERY.upper()} ; Charset=UTF-8", body) == asked
    assert read("POST", write(graphs), QUERY, b"\xef\xbb\xbf" + body) == asked


@given(
    st.permutations([("query", "ASK {}"), ("format", "csv"), ("timeout", "5s"), ("x", "y"), ("release", "r")])
)
def test_the_order_of_parameters_says_nothing_and_unknown_ones_are_passed_over(
    fields: list[tuple[str, str]],
) -> None:
    assert read("GET", write(fields)) == QueryRequest("ASK {}", None, "csv", 5.0, "r")


@given(st.integers(0, 3), st.integers(0, 3), st.booleans())
def test_a_request_holds_exactly_one_query(in_address: int, in_body: int, is_form: bool) -> None:
    """Section 2.1.1 to 2.1.3: exactly one; a body that is the query itself is one."""
    query_string = write([("query", "ASK {}")] * in_address)
    if is_form:
        body, count = write([("query", "ASK {}")] * in_body), in_address + in_body
    else:
        body, count = b"ASK {}", in_address + 1
    content_type = FORM if is_form else QUERY

    if count == 1:
        assert read("POST", query_string, content_type, body) == QueryRequest("ASK {}")
    else:
        assert status_of("POST", query_string, content_type, body) == 400


def test_a_get_without_a_query_asks_for_the_description() -> None:
    assert read("GET") is None
    assert read("HEAD", b"format=ttl&lang=it") is None
    assert status_of("GET", b"query=ASK{}&query=ASK{}") == 400
    assert status_of("POST", b"", FORM, b"") == 400


@given(texts, st.sampled_from(["GET", "POST", "QUERY"]), st.booleans())
def test_an_update_is_refused_however_it_comes(text: str, method: str, is_in_address: bool) -> None:
    fields = write([("update", text), ("query", "ASK {}")])
    is_in_body = method != "GET" and not is_in_address
    with pytest.raises(QueryRefused):
        read(method, b"" if is_in_body else fields, FORM, fields if is_in_body else b"")
    with pytest.raises(QueryRefused):
        read("POST", b"", UPDATE, text.encode())


@given(st.binary(max_size=60).filter(lambda data: not _is_utf8(data)))
def test_what_is_not_utf_8_is_never_guessed_at(data: bytes) -> None:
    assert status_of("POST", b"", QUERY, data) == 400
    assert status_of("GET", b"query=" + quote(data, safe="").encode()) == 400


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


@pytest.mark.parametrize("charset", ["utf-16", "iso-8859-1", "x" * 500, "utf_8"])
def test_another_charset_is_refused_as_such(charset: str) -> None:
    assert status_of("POST", b"", f"{QUERY}; charset={charset}", b"ASK {}") == 415
    assert status_of("POST", b"", f"{FORM}; charset={charset}", b"query=ASK{}") == 415


@pytest.mark.parametrize(
    "content_type",
    [
        "",
        "text/plain",
        "application/json",
        "application/sparql-query2",
        "multipart/form-data",
        ";",
        "a/b;" * 500,
    ],
)
def test_a_body_of_another_type_is_refused_as_such(content_type: str) -> None:
    assert status_of("POST", b"query=ASK{}", content_type, b"ASK {}") == 415


@given(st.integers(MOST - 3, MOST + 3), st.sampled_from(["a", "é", "\U0001f3d9"]))
def test_the_longest_query_is_counted_in_bytes_as_it_is_sent(length: int, filling: str) -> None:
    text = filling * (length // len(filling.encode()))
    text += "#" * (length - len(text.encode()))
    asks: list[Callable[[], QueryRequest | None]] = [
        lambda: read("GET", write([("query", text)])),
        lambda: read("POST", b"", FORM, write([("query", text)])),
        lambda: read("POST", b"", QUERY, text.encode()),
    ]
    for ask in asks:
        if length <= MOST:
            assert ask() == QueryRequest(text)
        else:
            with pytest.raises(QueryTooLarge) as caught:
                ask()
            assert (caught.value.limit, caught.value.value) == ("query", MOST)


def test_more_parameters_than_any_form_has_are_refused() -> None:
    assert read("GET", b"query=ASK{}" + b"&a=b" * (MOST_FIELDS - 1)) == QueryRequest("ASK{}")
    assert status_of("GET", b"query=ASK{}" + b"&a=b" * MOST_FIELDS) == 400
    assert status_of("POST", b"", FORM, b"&" * 100_000) == 400


@pytest.mark.parametrize(
    "iri", ["", "x", "/x", "//x/y", "http://a b", "<http://a>", "http://[", "_:b", "a:\n", "default"]
)
def test_a_graph_is_named_by_an_absolute_iri(iri: str) -> None:
    fields = write([("query", "ASK {}"), ("named-graph-uri", iri)])

    assert status_of("GET", fields) == 400


@given(st.decimals("0.001", 999, places=3))
def test_a_deadline_may_be_written_in_seconds_or_milliseconds(seconds: object) -> None:
    plain = read("GET", write([("query", "ASK {}"), ("timeout", f"{seconds}")]))
    with_unit = read("GET", write([("query", "ASK {}"), ("timeout", f"{seconds}s")]))
    fine = read(
        "GET", write([("query", "ASK {}"), ("timeout", f"{int(float(str(seconds)) * 1000 + 0.5)}ms")])
    )

    assert plain is not None
    assert with_unit is not None
    assert fine is not None
    assert plain.seconds == with_unit.seconds == pytest.approx(fine.seconds)


@pytest.mark.parametrize(
    "timeout", ["0", "-1", "nan", "inf", "1e9", "x", "5m", "٣", "9" * 400, "1,5", "0ms", "5 s s"]
)
def test_what_is_no_time_is_refused(timeout: str) -> None:
    assert status_of("GET", write([("query", "ASK {}"), ("timeout", timeout)])) == 400


methods = st.sampled_from(["GET", "HEAD", "POST", "QUERY"])
bits = st.sampled_from(
    b"query= & = % %f %ff %00 + ASK{} update= timeout=1 \xff \x00 default-graph-uri= named-graph-uri=urn:x "
    b"format= a;b \xef\xbb\xbf release= why".split(b" ")
)
pieces = st.one_of(st.binary(max_size=50), st.lists(bits, max_size=12).map(b"".join))
types = st.one_of(
    st.text(st.characters(max_codepoint=255), max_size=40),
    st.builds(
        "{}{}".format,
        st.sampled_from([FORM, QUERY, UPDATE]),
        st.sampled_from(["", ";", "; charset", '; charset="', ";=", "; charset*=x''%ff"]),
    ),
)


@given(methods, pieces, types, pieces)
def test_no_request_fails_in_a_way_that_nobody_foresaw(
    method: str, query_string: bytes, content_type: str, body: bytes
) -> None:
    try:
        asked = read(method, query_string, content_type, body)
    except FORESEEN:
        asked = None

    assert asked is None or len(asked.text.encode()) <= MOST


@pytest.mark.parametrize(
    "piece", [b"%", b"&", b"=", b"query=a&", b"+", b"%ff", b";", b"\xff", b"timeout=1", b"%e2%82"]
)
def test_a_request_without_end_is_read_at_once(piece: bytes) -> None:
    """It asks nothing; what takes more than a line of time would fail this test by its length."""
    assert asks_nothing("GET", piece * 100_000)
    assert asks_nothing("POST", b"", FORM, piece * 100_000)


def asks_nothing(method: str, query_string: bytes, content_type: str = "", body: bytes = b"") -> bool:
    try:
        return read(method, query_string, content_type, body) is None
    except FORESEEN:
        return True


# --- over connections ---


@pytest.mark.slow
@pytest.mark.parametrize("pause", [0.0, 0.03, 0.12])
@pytest.mark.parametrize("is_chunked", [True, False])
def test_a_query_that_comes_slowly_is_asked_whole(server: Server, pause: float, is_chunked: bool) -> None:
    """Who listened beside the reader, to notice a hang-up, took parts of it away."""
    query = b"ASK { FILTER('" + b"abcdefgh" * 4 + b"' = '" + b"abcdefgh" * 4 + b"') }"
    parts = [query[start : start + 8] for start in range(0, len(query), 8)]
    framing = b"Transfer-Encoding: chunked" if is_chunked else b"Content-Length: %d" % len(query)
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as connection:
        connection.sendall(
            b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Type: application/sparql-query\r\n"
            b"Accept: application/json\r\nConnection: close\r\n" + framing + b"\r\n\r\n"
        )
        for part in parts:
            connection.sendall(b"%x\r\n%s\r\n" % (len(part), part) if is_chunked else part)
            time.sleep(pause)
        if is_chunked:
            connection.sendall(b"0\r\n\r\n")
        answer = b"".join(iter(lambda: connection.recv(65536), b""))

    assert b'"boolean":true' in answer
