"""Errors that cross from one process to another arrive as they were."""

from __future__ import annotations

import pickle

import pytest

from mesmart_kg.errors import (
    ConfigError,
    EngineBusy,
    FactError,
    MesmartError,
    QueryTooLarge,
    ReleaseDamaged,
    RuleError,
    ServiceFailed,
)


@pytest.mark.parametrize(
    "error",
    [
        ConfigError("an unknown setting"),
        FactError("a blank node", "data/facts/one.ttl", 7),
        RuleError("it makes a blank node", "has-member"),
        QueryTooLarge("too many rows", "rows", 10),
        ServiceFailed("no answer", "https://example.org/sparql", 2.5),
        ReleaseDamaged("not what it was", ["one", "two"]),
        EngineBusy("too many wait"),
    ],
)
def test_an_error_arrives_in_another_process_as_it_was(error: MesmartError) -> None:
    arrived = pickle.loads(pickle.dumps(error))

    assert type(arrived) is type(error)
    assert str(arrived) == str(error)
    assert vars(arrived) == vars(error)
