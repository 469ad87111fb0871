"""The waiting line: turns between clients, order within one, places that nobody can take from all others."""

from collections import deque

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from mesmart_kg.engine.fair_queue import FairQueue
from mesmart_kg.errors import EngineBusy

CLIENTS = st.sampled_from(["anna", "bruno", "carla", "dino"])


def test_clients_take_turns_and_each_keeps_its_order() -> None:
    queue: FairQueue[str] = FairQueue()
    for item in ("a1", "a2", "a3"):
        queue.push("anna", item)
    queue.push("bruno", "b1")
    queue.push("carla", "c1")
    queue.push("carla", "c2")
    assert [queue.pop() for _ in range(len(queue))] == ["a1", "b1", "c1", "a2", "c2", "a3"]
    assert queue.clients == 0


def test_a_client_that_floods_the_line_makes_room_for_one_that_comes_later() -> None:
    queue: FairQueue[str] = FairQueue(most=3)
    assert [queue.push("anna", item) for item in ("a1", "a2", "a3")] == [None, None, None]
    with pytest.raises(EngineBusy):
        queue.push("anna", "a4")
    assert queue.push("bruno", "b1") == "a3"
    assert (queue.count("anna"), queue.count("bruno"), len(queue)) == (2, 1, 3)
    with pytest.raises(EngineBusy):
        queue.push("bruno", "b2")  # two against one: taking a place would only turn the tables
    assert queue.push("carla", "c1") == "a2"
    with pytest.raises(EngineBusy):
        queue.push("dino", "d1")  # every place has another client
    assert [queue.pop() for _ in range(3)] == ["a1", "b1", "c1"]


def test_a_line_without_places_lets_nobody_wait() -> None:
    with pytest.raises(EngineBusy):
        FairQueue[str](most=0).push("anna", "a1")


def test_an_item_waits_once_and_an_empty_line_says_so() -> None:
    queue: FairQueue[str] = FairQueue()
    queue.push("anna", "a1")
    with pytest.raises(ValueError, match="waits already"):
        queue.push("bruno", "a1")
    assert queue.remove("a1")
    assert not queue.remove("a1")
    with pytest.raises(IndexError):
        queue.pop()


@settings(max_examples=40)
@given(
    waiting=st.lists(CLIENTS, min_size=1, max_size=40),
    later=st.lists(CLIENTS, max_size=40),
)
def test_whoever_is_first_of_its_line_goes_within_one_turn_of_all(
    waiting: list[str], later: list[str]
) -> None:
    """However many others come in the meantime, newcomers and those just served stand behind."""
    queue: FairQueue[int] = FairQueue()
    for number, client in enumerate(waiting):
        queue.push(client, number)
    first = waiting.index(waiting[-1])
    clients_before = queue.clients
    arrivals = deque(enumerate(later, start=len(waiting)))
    served = []
    while first not in served:
        if arrivals:
            number, client = arrivals.popleft()
            queue.push(client, number)
        served.append(queue.pop())
    assert len(served) <= clients_before


class WaitingLine(RuleBasedStateMachine):
    """The queue against a slow model of it: a list of (client, item) in order of arrival."""

    def __init__(self) -> None:
        super().__init__()
        self.most = 6
        self.queue: FairQueue[int] = FairQueue(self.most)
        self.model: list[tuple[str, int]] = []
        self.number = 0

    def holds(self, client: str) -> int:
        return sum(owner == client for owner, _ in self.model)

    @rule(client=CLIENTS)
    def push(self, client: str) -> None:
        self.number += 1
        greatest = max((self.holds(owner) for owner, _ in self.model), default=0)
        full = len(self.model) == self.most
        if full and greatest < self.holds(client) + 2:
            with pytest.raises(EngineBusy):
                self.queue.push(client, self.number)
            return
        displaced = self.queue.push(client, self.number)
        assert (displaced is not None) == full
        if displaced is not None:
            owner = next(owner for owner, item in self.model if item == displaced)
            assert self.holds(owner) == greatest
            assert displaced == max(item for each, item in self.model if each == owner)
            self.model.remove((owner, displaced))
        self.model.append((client, self.number))

    @precondition(lambda self: self.model)
    @rule()
    def pop(self) -> None:
        item = self.queue.pop()
        owner = next(owner for owner, each in self.model if each == item)
        assert item == min(each for client, each in self.model if client == owner)
        self.model.remove((owner, item))

    @precondition(lambda self: self.model)
    @rule(data=st.data())
    def remove(self, data: st.DataObject) -> None:
        entry = data.draw(st.sampled_from(self.model))
        assert self.queue.remove(entry[1])
        self.model.remove(entry)

    @invariant()
    def remembers_what_waits_and_nothing_else(self) -> None:
        assert len(self.queue) == len(self.model) <= self.most
        assert sorted(self.queue) == sorted(item for _, item in self.model)
        assert self.queue.clients == len({owner for owner, _ in self.model})
        for client in ("anna", "bruno", "carla", "dino"):
            assert self.queue.count(client) == self.holds(client)


WaitingLine.TestCase.settings = settings(max_examples=40, stateful_step_count=40)
test_the_line_behaves_like_its_model = WaitingLine.TestCase
