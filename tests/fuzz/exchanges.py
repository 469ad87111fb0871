"""What is sent over one connection: requests sound and unsound, delivered in ordinary and in odd manners.

A case is made of a seed and a number alone, so that it can be sent again. It is sound when every request in
it is HTTP/1.1 by the letter (RFC 9112) and of ordinary size: then each must be answered, whatever it asks.
Otherwise the server may also hang up.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from random import Random

from fuzz.requests import Request, make_request
from fuzz.targets import Surroundings, write_fields
from fuzz.tricks import FRAMING_TRICKS, HEADER_TRICKS


@dataclass(frozen=True)
class Case:
    """What is sent over a connection, in parts; ``methods`` are those of its requests, one after another.

    ``ending`` is what the client does after the last part: ``wait`` for the answers, ``shut`` its sending
    side first, ``leave`` without reading, or ``reset`` the connection. ``pause`` is in seconds, between
    parts. Where ``expected`` is not empty, the one answer must be a success that holds it.
    """

    number: int
    parts: tuple[bytes, ...]
    methods: tuple[str, ...]
    is_sound: bool
    ending: str = "wait"
    pause: float = 0.0
    expected: bytes = b""

    @property
    def data(self) -> bytes:
        return b"".join(self.parts)


def make_case(seed: str, number: int, surroundings: Surroundings) -> Case:
    """Return a case; the same one for the same seed, number and corpus, but for the address of the canary."""
    random = Random(f"{seed}/{number}")
    if random.random() < 0.08:
        return _make_plain_case(random, number)
    requests = [make_request(random, surroundings) for _ in range(random.choice((1,) * 9 + (3,)))]
    for request in requests:
        for _ in range(random.choices((0, 1, 2), (60, 30, 10))[0]):
            random.choice(HEADER_TRICKS)(random, request)
        if random.random() < 0.12:
            random.choice(FRAMING_TRICKS)(random, request)
            request.is_sound = False
    data = b"".join(request.to_bytes() for request in requests)
    is_sound = all(request.is_sound for request in requests)
    if random.random() < 0.04:
        data, is_sound = _spoil(random, data), False
    ending = random.choices(("wait", "shut", "leave", "reset"), (86, 4, 5, 5))[0]
    methods = tuple(request.method for request in requests)
    pause = random.choice((0.0, 0.005, 0.005, 0.08))
    return Case(number, _split(random, data), methods, is_sound and ending == "wait", ending, pause)


def _make_plain_case(random: Random, number: int) -> Case:
    """Return a plain question, oddly delivered, whose answer is its own: nobody else's, and no part of it."""
    own = f"{random.getrandbits(64):016x}-{'città-' * random.choice((1, 100))}"
    query = f'SELECT ("{own}" AS ?own) {{}}'
    fields = write_fields(random, Surroundings((), "", "", ""), [("query", query)])
    request = Request(random.choice(("GET", "POST", "POST", "QUERY")), b"/sparql", [(b"Host", b"localhost")])
    request.set(
        b"Accept", random.choice((b"application/json", b"text/csv", b"application/sparql-results+xml"))
    )
    if request.method == "GET":
        request.target += fields
    elif random.random() < 0.5:
        request.put_body(random, b"application/sparql-query", query.encode())
    else:
        request.put_body(random, b"application/x-www-form-urlencoded", fields[1:])
    data = request.to_bytes()
    parts = _split(random, data) if random.random() < 0.5 else (data,)
    pause = random.choice((0.0, 0.01, 0.15))
    return Case(number, parts, (request.method,), True, pause=pause, expected=own.encode())


def _split(random: Random, data: bytes) -> tuple[bytes, ...]:
    """Return the data whole, or in parts that are sent one after another."""
    if random.random() < 0.85:
        return (data,)
    cuts = sorted(random.randrange(len(data) + 1) for _ in range(random.choice((1, 2, 6))))
    edges = [0, *cuts, len(data)]
    return tuple(data[start:end] for start, end in pairwise(edges) if end > start)


def _spoil(random: Random, data: bytes) -> bytes:
    changed = bytearray(data)
    for _ in range(random.choice((1, 3, 20))):
        if changed:
            changed[random.randrange(len(changed))] = random.choice(
                (0, 10, 13, 32, 58, 255, random.randrange(256))
            )
    return bytes(changed[: random.choice((len(changed), random.randrange(len(changed) + 1)))])
