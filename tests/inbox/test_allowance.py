from __future__ import annotations

import pytest

from mesmart_kg.inbox import Allowance, Fault, NotificationRefused


def test_a_sender_has_so_many_a_day_and_begins_anew_at_midnight() -> None:
    now = [86_400 * 100 + 86_000.0]
    allowance = Allowance(2, lambda: now[0])
    for _ in range(2):
        allowance.take("192.0.2.1")
    with pytest.raises(NotificationRefused) as caught:
        allowance.take("192.0.2.1")
    assert (caught.value.fault, caught.value.facts["seconds"]) == (Fault.TOO_OFTEN, 400)
    allowance.take("192.0.2.2")

    now[0] += 400
    allowance.take("192.0.2.1")
    assert len(allowance) == 1


def test_what_was_refused_counts_as_a_try_and_tries_have_an_end() -> None:
    allowance = Allowance(1, lambda: 0.0)
    for _ in range(10):
        allowance.take("a")
        allowance.give_back("a")
    with pytest.raises(NotificationRefused):
        allowance.take("a")


def test_memory_is_bounded_and_holds_no_address() -> None:
    allowance = Allowance(1, lambda: 0.0, most_senders=10)
    for number in range(1000):
        allowance.take(f"192.0.2.{number}")
    assert len(allowance) == 10
    assert "192.0.2" not in repr(vars(allowance))
