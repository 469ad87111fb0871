"""How much one client may ask in a window of time, and the headers that tell it.

A client's window begins with its first query and lasts a fixed time; in it, a number of queries is answered,
and further ones get 429 until it ends. The fields RateLimit and RateLimit-Policy follow
draft-ietf-httpapi-ratelimit-headers-11 (May 2026), sections 3 and 4.

Only what costs is counted: the endpoint asks here before it wakes a worker, never for an answer it keeps or
a 304. Which address a request comes from (seen through trusted proxies) is for the caller to say. Used from
the event loop alone, so there is no lock.
"""

from __future__ import annotations

import re
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv6Address
from math import ceil
from typing import Final

from mesmart_kg.errors import TooManyRequests

POLICY: Final = "queries"
"""The name of our one policy in both fields."""

MOST_CLIENTS: Final = 100_000
"""Clients remembered at once, some 20 MiB of them.

Beyond it the oldest window is forgotten, so its client gets a new one early. Whoever commands that many
addresses has that many allowances anyway; to refuse newcomers instead would let it shut out everybody else.
"""

LONGEST_NAME: Final = 64

_PORT: Final = re.compile(r"(?:\[([^]]*)\]|([0-9.]+)):[0-9]{1,5}", re.ASCII)


@lru_cache(maxsize=8192)
def to_client(address: str) -> str:
    """Return the name under which the sender at an address is counted, here and in the line for a worker.

    One household or server commands a whole IPv6 /64 (RFC 6177), so that is one client; an IPv4 address
    written as IPv6 (``::ffff:192.0.2.1``) is that IPv4 address. A port that a proxy left behind is dropped.
    A name given back by this function stays as it is.
    """
    address = address[:LONGEST_NAME].strip()
    if ":" not in address:
        return address
    if with_port := _PORT.fullmatch(address):
        address = with_port[1] or with_port[2]
    try:
        number = IPv6Address(address.partition("%")[0])
    except ValueError:
        return address
    if number.ipv4_mapped is not None:
        return str(number.ipv4_mapped)
    return f"{IPv6Address(int(number) >> 64 << 64)}/64"


@dataclass(frozen=True, slots=True)
class Allowance:
    """What is left to a client: how many queries, and the seconds until its window ends, rounded up."""

    remaining: int
    reset: int


class _Window:
    __slots__ = ("ends", "taken")

    def __init__(self, ends: float) -> None:
        self.ends = ends
        self.taken = 0


class RateLimiter:
    """Allows each client so many ``requests`` in a ``window`` of seconds; with 0 requests there is no limit.

    Memory is bounded, whoever asks: at most ``most_clients`` are remembered, and those whose window is over
    are forgotten as others come.
    """

    def __init__(
        self,
        requests: int,
        window: int,
        clock: Callable[[], float] = time.monotonic,
        most_clients: int = MOST_CLIENTS,
    ) -> None:
        self._requests = requests
        self._length = window
        self._clock = clock
        self._most_clients = most_clients
        self._windows: OrderedDict[str, _Window] = OrderedDict()  # all are as long, so the first ends first
        self._policy = _describe_policy(requests, window)

    def __len__(self) -> int:
        """Tell how many clients are remembered."""
        return len(self._windows)

    def take(self, client: str) -> Allowance | None:
        """Count one query of the client at an address; None where there is no limit.

        Raises TooManyRequests when nothing is left; what is refused is not counted.
        """
        if not self._requests:
            return None
        now = self._clock()
        client = to_client(client)
        window = self._windows.get(client)
        if window is None or window.ends <= now:
            window = self._open(client, now)
        reset = self._seconds_left(window, now)
        if window.taken >= self._requests:
            raise TooManyRequests(self._requests, self._length, reset)
        window.taken += 1
        return Allowance(self._requests - window.taken, reset)

    def look(self, client: str) -> Allowance | None:
        """Return what is left to the client at an address, and count nothing: for what cost nothing."""
        if not self._requests:
            return None
        now = self._clock()
        window = self._windows.get(to_client(client))
        if window is None or window.ends <= now:
            return Allowance(self._requests, self._length)
        return Allowance(self._requests - window.taken, self._seconds_left(window, now))

    def headers(self, allowance: Allowance | None) -> tuple[tuple[str, str], ...]:
        """Return the names and values of the fields that tell an allowance; none where there is no limit."""
        if allowance is None:
            return ()
        return ("RateLimit", _describe_limit(allowance)), ("RateLimit-Policy", self._policy)

    def _seconds_left(self, window: _Window, now: float) -> int:
        return min(ceil(window.ends - now), self._length)  # a sum of floats may come out a hair too long

    def _open(self, client: str, now: float) -> _Window:
        """Begin a window, and forget the oldest that are over: two at most, so no query pays for a flood."""
        windows = self._windows
        for _ in range(2):
            if windows and (next(iter(windows.values())).ends <= now or len(windows) >= self._most_clients):
                windows.popitem(last=False)
        window = windows[client] = _Window(now + self._length)
        windows.move_to_end(client)
        return window


def refusal_headers(error: TooManyRequests) -> tuple[tuple[str, str], ...]:
    """Return the fields of an answer 429.

    Retry-After equals the end of the window, as the draft asks (section 6).
    """
    return (
        ("RateLimit", _describe_limit(Allowance(0, error.retry_after))),
        ("RateLimit-Policy", _describe_policy(error.limit, error.window)),
        ("Retry-After", str(error.retry_after)),
    )


def _describe_limit(allowance: Allowance) -> str:
    return f'"{POLICY}";r={allowance.remaining};t={allowance.reset}'


def _describe_policy(requests: int, window: int) -> str:
    return f'"{POLICY}";q={requests};w={window}'
