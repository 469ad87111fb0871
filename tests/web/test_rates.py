"""What one client may ask: windows, bounded memory, addresses, header fields; only the clock is made up."""

import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mesmart_kg.errors import TooManyRequests
from mesmart_kg.web.rates import Allowance, RateLimiter, refusal_headers, to_client


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_a_client_gets_its_queries_in_a_window_and_all_of_them_again_in_the_next() -> None:
    clock = Clock()
    limiter = RateLimiter(2, 60, clock)

    assert limiter.take("192.0.2.1") == Allowance(1, 60)
    clock.now += 20.5
    assert limiter.take("192.0.2.1") == Allowance(0, 40)
    with pytest.raises(TooManyRequests) as refused:
        limiter.take("192.0.2.1")
    assert (refused.value.limit, refused.value.window, refused.value.retry_after) == (2, 60, 40)
    assert limiter.take("192.0.2.2") == Allowance(1, 60)
    clock.now += refused.value.retry_after
    assert limiter.take("192.0.2.1") == Allowance(1, 60)


def test_looking_takes_nothing() -> None:
    clock = Clock()
    limiter = RateLimiter(5, 60, clock)

    assert limiter.look("192.0.2.1") == Allowance(5, 60)
    assert len(limiter) == 0
    limiter.take("192.0.2.1")
    clock.now += 59.5
    assert limiter.look("192.0.2.1") == Allowance(4, 1)
    clock.now += 1
    assert limiter.look("192.0.2.1") == Allowance(5, 60)


def test_without_a_limit_nothing_is_counted_and_nothing_told() -> None:
    limiter = RateLimiter(0, 60)

    assert limiter.take("192.0.2.1") is None
    assert limiter.look("192.0.2.1") is None
    assert limiter.headers(None) == ()
    assert len(limiter) == 0


def test_the_header_fields_are_those_of_the_draft() -> None:
    limiter = RateLimiter(6000, 60)

    assert limiter.headers(Allowance(50, 30)) == (
        ("RateLimit", '"queries";r=50;t=30'),
        ("RateLimit-Policy", '"queries";q=6000;w=60'),
    )
    assert refusal_headers(TooManyRequests(6000, 60, 17)) == (
        ("RateLimit", '"queries";r=0;t=17'),
        ("RateLimit-Policy", '"queries";q=6000;w=60'),
        ("Retry-After", "17"),
    )


@pytest.mark.parametrize(
    ("address", "client"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("192.0.2.1:4711", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:DB8:1:2:ffff::", "2001:db8:1:2::/64"),
        ("[2001:db8:1:2::1]:443", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::1", "::/64"),
        ("unix:/run/proxy", "unix:/run/proxy"),
        ("", ""),
    ],
)
def test_an_address_is_counted_as_the_client_that_commands_it(address: str, client: str) -> None:
    assert to_client(address) == client
    assert to_client(client) == client


@given(st.text(max_size=300))
def test_whatever_stands_for_an_address_becomes_a_short_name_and_keeps_it(address: str) -> None:
    client = to_client(address)
    assert len(client) <= 64
    assert to_client(client) == client


@settings(max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 5), st.floats(0, 40)), max_size=80))
def test_no_client_gets_more_than_its_queries_in_one_window_nor_less_while_it_waits_as_told(
    steps: list[tuple[int, float]],
) -> None:
    clock = Clock()
    limiter = RateLimiter(3, 30, clock)
    began: dict[int, float] = {}
    taken: dict[int, int] = {}
    for who, pause in steps:
        clock.now += pause
        if who not in began or clock.now >= began[who] + 30:
            began[who], taken[who] = clock.now, 0
        if taken[who] < 3:
            allowance = limiter.take(f"192.0.2.{who}")
            taken[who] += 1
            assert allowance is not None
            assert allowance.remaining == 3 - taken[who]
            assert 1 <= allowance.reset <= 30
        else:
            with pytest.raises(TooManyRequests) as refused:
                limiter.take(f"192.0.2.{who}")
            assert 1 <= refused.value.retry_after <= 30
        assert len(limiter) <= 6


def test_a_flood_of_addresses_does_not_swell_the_memory() -> None:
    clock = Clock()
    limiter = RateLimiter(10, 60, clock, most_clients=500)
    for number in range(500):
        limiter.take(f"host-{number}")
    to_client.cache_clear()  # it is bounded too, at 8192 names, but would be measured here
    for number in range(8192):
        to_client(f"known-{number}")
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        for number in range(5_000):
            limiter.take(f"flood-{number}")
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(limiter) == 500
    assert after - before < 1024 * 1024


def test_clients_that_stay_away_are_forgotten_as_others_come() -> None:
    clock = Clock()
    limiter = RateLimiter(10, 60, clock)
    for number in range(1000):
        limiter.take(f"early-{number}")
    clock.now += 61
    for number in range(1000):
        limiter.take(f"late-{number}")
    assert len(limiter) == 1000
