"""Tricks with a request: those that leave it sound, and those after which it is no request any more."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from random import Random
from typing import Final

from fuzz.requests import Request
from fuzz.targets import ACCEPTS

# --- tricks with headers that leave a request sound ---


def _header(*choices: tuple[bytes, bytes]) -> Callable[[Random, Request], None]:
    def add(random: Random, request: Request) -> None:
        request.set(*random.choice(choices))

    return add


def _conditions(random: Random, request: Request) -> None:
    etag = random.choice(
        (b"*", b'W/"x"', b'"' + b"x" * 500 + b'"', b"x", b'""', b'W/"', b", ".join([b'"a"'] * 300), b"\xff")
    )
    date = random.choice(
        (b"Sun, 22 Nov 2026 00:00:00 GMT", b"x", b"0", b"Mon, 99 Foo 99999 99:99:99 XYZ", b"-1")
    )
    request.set(random.choice((b"If-None-Match", b"If-Match")), etag)
    request.set(random.choice((b"If-Modified-Since", b"If-Unmodified-Since", b"If-Range")), date)


def _websocket(random: Random, request: Request) -> None:
    request.set(b"Upgrade", b"websocket")
    request.set(b"Connection", b"Upgrade")
    request.set(b"Sec-WebSocket-Key", b"dGhlIHNhbXBsZSBub25jZQ==")
    request.set(b"Sec-WebSocket-Version", b"13")


def _many_headers(random: Random, request: Request) -> None:
    for number in range(random.choice((10, 40, 200))):
        request.headers.append((b"X-A%d" % number, b"x" * random.choice((0, 10, 100))))
    request.is_sound = request.is_sound and len(request.headers) < 60


def _accept_again(random: Random, request: Request) -> None:
    request.headers += [
        (b"Accept", random.choice(ACCEPTS).encode("latin-1")) for _ in range(random.choice((1, 3, 20)))
    ]


def _old_version(random: Random, request: Request) -> None:
    if not any(name == b"Transfer-Encoding" for name, _ in request.headers):
        request.version = b"HTTP/1.0"
    request.is_sound = False  # the connection ends with its answer, and nothing tells whether that is whole


HEADER_TRICKS: Final[tuple[Callable[[Random, Request], None], ...]] = (
    *(_conditions, _websocket, _many_headers, _accept_again, _old_version),
    _header((b"Expect", b"100-continue"), (b"Expect", b"x")),
    _header(
        *(
            (b"Range", value)
            for value in (b"bytes=0-1", b"bytes=5-", b"bytes=9-1", b"x", b"bytes=" + b"0-1," * 300)
        )
    ),
    _header(
        *((b"Accept-Encoding", value) for value in (b"gzip", b"br;q=x", b"*;q=0", b"identity;q=0", b"\xff"))
    ),
    _header(
        *(
            (b"Host", value)
            for value in (
                b"",
                b"a b",
                b"x:99999999",
                b"[::1",
                b"evil.example",
                b"<x-canary>",
                b"\xff",
                b"x" * 500,
            )
        )
    ),
    _header(*((b"X-Forwarded-Host", value) for value in (b"evil.example", b"<x-canary>", b""))),
    _header(
        (b"X-Forwarded-For", b"127.0.0.1"),
        (b"X-Forwarded-For", b"x," * 500),
        (b"X-Forwarded-Proto", b"javascript"),
    ),
    _header((b"X-Forwarded-Prefix", b"//evil.example"), (b"Forwarded", b'for="[::1]"')),
    _header(*((b"X-Request-Id", value) for value in (b"abc", b"x" * 3000, b"\xff\xfe", b'"}\\n{', b""))),
    _header(
        (b"Origin", b"https://evil.example"), (b"Origin", b"null"), (b"Access-Control-Request-Method", b"PUT")
    ),
    _header(
        (b"Access-Control-Request-Headers", b"x-a, " * 200),
        (b"Access-Control-Request-Private-Network", b"true"),
    ),
    _header(
        *(
            (b"Connection", value)
            for value in (b"close", b"keep-alive", b"x", b"Accept, Host", b"close, keep-alive")
        )
    ),
    _header(
        (b"Cookie", b"a=b; " * 100),
        (b"Cookie", b"\xff"),
        (b"Authorization", b"Basic x"),
        (b"Authorization", b"\xff"),
    ),
    _header((b"X-HTTP-Method-Override", b"DELETE"), (b"Content-Encoding", b"gzip"), (b"TE", b"trailers, x")),
    _header(
        (b"Upgrade", b"h2c"),
        (b"HTTP2-Settings", b"AAMAAABkAAQ"),
        (b"Prefer", b"x"),
        (b"Cache-Control", b"x=\xff"),
    ),
    _header(
        (b"User-Agent", b""), (b"User-Agent", b"\xff" * 100), (b"Referer", b"javascript:1"), (b"From", b"x")
    ),
)


# --- tricks that make it unsound ---


def _lie_about_length(random: Random, request: Request) -> None:
    lengths = (
        b"-1",
        b"+5",
        b"0x5",
        b"5, 5",
        b"5,6",
        b"",
        b" ",
        b"9" * 30,
        b"1e3",
        b"\xb2",
        b"3.0",
        b"%d" % (len(request.body) + 5),
        b"1",
    )
    request.set(b"Content-Length", random.choice(lengths))


def _two_lengths(random: Random, request: Request) -> None:
    request.headers += [(b"Content-Length", b"3"), (b"Content-Length", b"30")]


def _two_framings(random: Random, request: Request) -> None:
    request.set(
        b"Transfer-Encoding",
        random.choice(
            (b"chunked", b"identity", b"xchunked", b"chunked, chunked", b"gzip", b"\x0bchunked", b"CHUNKED ")
        ),
    )
    request.headers.append((b"Content-Length", b"%d" % len(request.body)))


def _bad_chunks(random: Random, request: Request) -> None:
    request.set(b"Transfer-Encoding", b"chunked")
    request.headers = [each for each in request.headers if each[0] != b"Content-Length"]
    request.body = random.choice(
        (
            *(
                b"zz\r\nASK {}\r\n0\r\n\r\n",
                b"6\r\nASK {}\r\n",
                b"6\nASK {}\n0\n\n",
                b"-1\r\n\r\n0\r\n\r\n",
                b"",
                b"0\r\n\r\n",
            ),
            *(
                b"ffffffffffffffffff\r\nASK {}",
                b"6" + b";a" * 40_000 + b"\r\nASK {}\r\n0\r\n\r\n",
                b"7fffffff\r\nASK {}",
            ),
            *(
                b"0\r\n" + b"X-Trailer: 1\r\n" * 500 + b"\r\n",
                b"6\r\nASK {}GARBAGE\r\n0\r\n\r\n",
                b"0\r\nContent-Length: 5\r\n\r\n",
            ),
            b"1\r\n \r\n" * 5_000 + b"0\r\n\r\n",
        )
    )


def _bad_target(random: Random, request: Request) -> None:
    request.target = random.choice(
        (
            *(
                b"*",
                b"",
                b"sparql",
                b"http://localhost/sparql?query=ASK{}",
                b"http://evil.example/",
                b"//evil.example/",
                b"?query",
            ),
            *(
                b"/sp arql",
                b"/\xff\xfe",
                b"/\x00",
                b"/sparql?query=ASK {}",
                b"/sparql#x",
                b"localhost:80",
                b"https://[/",
            ),
            *(
                b"/" + b"a" * 70_000,
                b"/sparql?query=" + b"a" * 20_000,
                b"/" * 5000,
                b"/sparql?" + b"&" * 60_000,
            ),
            *(
                b"file:///etc/passwd",
                b"/%" * 2000,
                b"\\..\\..",
                b"/sparql?query=%00",
                b"http:///x",
                b"/sparql?" + b"a=b&" * 9000,
            ),
        )
    )


def _bad_header(random: Random, request: Request) -> None:
    name, value = random.choice(
        (
            *(
                (b"X\x00", b"x"),
                (b"", b"x"),
                (b"X Y", b"x"),
                (b"X", b"a\x00b"),
                (b"X", b"a\rb"),
                (b"X", b"a\nb"),
                (b"X", b"a\r\n b"),
            ),
            *(
                (b"X" * 70_000, b"x"),
                (b"X", b"x" * 70_000),
                (b"X", b"x" * 2_000_000),
                (b"Host", b"other"),
                (b"Transfer-Encoding ", b"chunked"),
            ),
            *(
                (b"\xff", b"x"),
                (b"Accept", b"a/b," * 10_000),
                (b"Accept-Language", b"a;q=1," * 9_000),
                (b"Cookie", b"a=b;" * 9_000),
            ),
            *(
                (b"If-None-Match", b'"a",' * 9_000),
                (b"Range", b"bytes=" + b"0-1," * 9_000),
                (b"Content-Type", b"a/b;" + b"a=b;" * 9_000),
            ),
        )
    )
    request.headers.append((name, value))


def _no_host(random: Random, request: Request) -> None:
    request.headers = [each for each in request.headers if each[0] != b"Host"]


def _bad_version(random: Random, request: Request) -> None:
    request.version = random.choice(
        (
            b"HTTP/2.0",
            b"HTTP/0.9",
            b"HTTP/1.9",
            b"HTTP/1.1.1",
            b"http/1.1",
            b"",
            b"SMTP",
            b"HTTP/" + b"1" * 5000,
        )
    )


def _bomb(random: Random, request: Request) -> None:
    """Send a body that is small and would be large: nothing here may unpack it."""
    request.body = gzip.compress(b"ASK {}" + b"#" * 5_000_000, mtime=0)
    request.set(b"Content-Encoding", b"gzip")
    request.set(b"Content-Length", b"%d" % len(request.body))


def _other_protocol(random: Random, request: Request) -> None:
    request.method = "PRI"
    request.target, request.version, request.headers = b"*", b"HTTP/2.0", []
    request.body = random.choice(
        (b"SM\r\n\r\n", b"SM\r\n\r\n" + b"\x00" * 200, b"SM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00" * 50)
    )


FRAMING_TRICKS: Final[tuple[Callable[[Random, Request], None], ...]] = (
    *(_lie_about_length, _two_lengths, _two_framings, _bad_chunks, _bad_target, _bad_header, _no_host),
    *(_bad_version, _bomb, _other_protocol),
)
