"""One request in the making: its method, its target, its headers, its body."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Final

from fuzz.targets import ACCEPTS, Surroundings, make_target, make_text, more_fields, write_fields

LONGEST_TARGET: Final = 7000


@dataclass
class Request:
    """A request in the making."""

    method: str
    target: bytes
    headers: list[tuple[bytes, bytes]]
    body: bytes = b""
    version: bytes = b"HTTP/1.1"
    is_sound: bool = True

    def set(self, name: bytes, value: bytes) -> None:
        self.headers = [each for each in self.headers if each[0].lower() != name.lower()]
        self.headers.append((name, value))

    def put_body(self, random: Random, kind: bytes, body: bytes) -> None:
        """Add a body, in chunks or in one."""
        self.headers.append((b"Content-Type", kind))
        if random.random() < 0.2:
            self.headers.append((b"Transfer-Encoding", b"chunked"))
            self.body = _in_chunks(random, body)
        else:
            self.headers.append((b"Content-Length", b"%d" % len(body)))
            self.body = body

    def to_bytes(self) -> bytes:
        lines = [b"%s %s %s" % (self.method.encode("utf-8"), self.target, self.version)]
        lines += [name + b": " + value for name, value in self.headers]
        return b"\r\n".join(lines) + b"\r\n\r\n" + self.body


def make_request(random: Random, surroundings: Surroundings) -> Request:
    asks_by_post = random.random() < 0.25
    if asks_by_post:
        request = _make_post(random, surroundings)
    else:
        method = random.choices(
            ("GET", "HEAD", "OPTIONS", "QUERY", *_OTHER_METHODS), (80, 6, 3, 2, *[1] * len(_OTHER_METHODS))
        )[0]
        request = Request(method, make_target(random, surroundings), [])
        request.is_sound = method.isascii() and method.isalpha() and method != "CONNECT" and len(method) < 20
    request.headers.insert(0, (b"Host", b"localhost"))
    if random.random() < 0.8:
        request.set(b"Accept", random.choice(ACCEPTS).encode("latin-1"))
    if random.random() < 0.3:
        request.set(
            b"Accept-Language", random.choice((b"it", b"en;q=0.5,*", b"xx", b"\xff", b"it;q=x," * 200))
        )
    if len(request.target) > LONGEST_TARGET or not request.target.isascii() or b"\\" in request.target:
        request.is_sound = False
    return request


_OTHER_METHODS: Final = (
    "PUT",
    "DELETE",
    "PATCH",
    "TRACE",
    "CONNECT",
    "get",
    "FOO",
    "PROPFIND",
    "A" * 300,
    "GE(T",
    "È",
)

_BODY_TYPES: Final = (
    *(
        b"application/x-www-form-urlencoded",
        b"application/sparql-query",
        b"application/sparql-query; charset=utf-8",
    ),
    *(
        b"application/sparql-query;charset=utf-16",
        b"application/sparql-update",
        b"text/plain",
        b"",
        b"application/json",
    ),
    *(
        b"multipart/form-data; boundary=x",
        b"multipart/form-data",
        b"APPLICATION/SPARQL-QUERY",
        b";;;=",
        b"application/",
    ),
    *(
        b'application/sparql-query; charset="',
        b"application/x-www-form-urlencoded; charset=\xff",
        b"text/turtle",
    ),
    b"application/sparql-query; charset=" + b"x" * 2000,
)


def _make_post(random: Random, surroundings: Surroundings) -> Request:
    method = random.choices(("POST", "QUERY", "PUT", "PATCH", "DELETE", "GET"), (80, 10, 4, 2, 2, 2))[0]
    kind = random.choices((*_BODY_TYPES[:3], random.choice(_BODY_TYPES)), (40, 35, 10, 15))[0]
    query = make_text(random, surroundings)
    body = query.encode("utf-8", "surrogatepass")
    if kind.startswith(b"application/x-www-form"):
        body = write_fields(random, surroundings, [("query", query), *more_fields(random)])[1:]
    elif kind.startswith(b"multipart"):
        body = b'--x\r\nContent-Disposition: form-data; name="query"\r\n\r\n' + body + b"\r\n--x--\r\n"
    if random.random() < 0.08:
        body = random.choice((b"\xff\xfe" + body, b"\xef\xbb\xbf" + body, body + b"#" * 400_000, b""))
    path = random.choices(
        (b"/sparql", b"/-/snippets", b"/sparql-graphs?default", b"/", b"/queries/2", b"/health", b"/search"),
        (80, 10, 4, 2, 2, 2, 2),
    )[0]
    request = Request(method, path, [])
    request.put_body(random, kind, body)
    # Who sends far too much, or what means nothing, may be answered before all is taken, and be hung up on.
    request.is_sound = len(body) < 250_000 and method != "GET"
    return request


def _in_chunks(random: Random, body: bytes) -> bytes:
    size = random.choice((1, 7, 1000, 65536)) if len(body) < 5000 else 65536
    # All extensions of a body together have a bound in every server: few chunks have them.
    extension = random.choice((b"", b"", b";a=b", b';a="b;c"')) if len(body) < 100 * size else b""
    chunks = [body[start : start + size] for start in range(0, len(body), size)]
    return b"".join(b"%x%s\r\n%s\r\n" % (len(chunk), extension, chunk) for chunk in chunks) + b"0\r\n\r\n"
