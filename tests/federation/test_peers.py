"""What a probe finds of real endpoints of three makers, and of those that are none."""

from __future__ import annotations

import pytest

from mesmart_kg.engine.relay import Service
from mesmart_kg.peers import ABILITIES, Probe

from .conftest import VICES, Federation

pytestmark = pytest.mark.slow


def test_an_endpoint_of_ours_can_do_everything(federation: Federation) -> None:
    check = Probe(10).check(Service(federation.endpoint, is_private=True))

    assert [finding.ability for finding in check.findings if not finding.is_there] == []
    assert check.milliseconds is not None


@pytest.mark.parametrize("name", ["sister", "oxigraph", "virtuoso"])
def test_others_can_be_asked_with_values(federation: Federation, name: str) -> None:
    check = Probe(10).check(Service(getattr(federation, name), is_private=True))

    assert check.answers
    assert check.has("values")
    assert check.has("get")


def test_a_flaw_of_virtuoso_is_found(federation: Federation) -> None:
    assert not Probe(10).check(Service(federation.virtuoso, is_private=True)).has("ask")


@pytest.mark.parametrize("vice", [vice for vice in VICES if vice != "slow"])
def test_bad_company_does_not_pass_for_an_endpoint(federation: Federation, vice: str) -> None:
    check = Probe(2).check(Service(f"{federation.company}{vice}", is_private=True))

    assert not check.answers
    assert len(check.findings) == len(ABILITIES)


def test_nobody_is_asked_in_a_private_network_without_leave(federation: Federation) -> None:
    check = Probe(2).check(Service(federation.sister))

    assert not check.answers
    assert "not on the public Internet" in check.findings[0].note
