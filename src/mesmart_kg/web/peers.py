"""The register of sister endpoints as a page shows it, with what the operator allows beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from mesmart_kg.config import Config
from mesmart_kg.engine import Engine, Terms
from mesmart_kg.engine.relay import read_services
from mesmart_kg.peers import Dated, Peer, list_checks, list_peers
from mesmart_kg.web.languages import language, translate


@dataclass(frozen=True)
class Row:
    """An endpoint of the register; ``strengths`` and ``gaps`` are words, of a check on that day."""

    title: str
    description: str
    url: str
    sources: tuple[str, ...]
    is_allowed: bool
    day: date | None = None
    answers: bool = False
    strengths: tuple[str, ...] = ()
    gaps: tuple[str, ...] = ()
    milliseconds: int | None = None


@dataclass(frozen=True)
class Shown:
    """The rows, and the addresses that are allowed without being in the register.

    Of those in a private network none is told: they are nobody's business.
    """

    rows: tuple[Row, ...]
    others: tuple[str, ...]


def read_shown(engine: Engine, config: Config, terms: Terms) -> Shown:
    """Return what the page shows of a release. Raises what an engine raises."""
    peers = list_peers(engine, config.site.base_iri, terms)
    checks = {dated.check.url: dated for dated in list_checks(engine, config.site.base_iri, terms)}
    services = read_services(config.engine.services)
    allowed = {service.iri for service in services if not service.is_private}
    known = {peer.url for peer in peers}
    return Shown(
        tuple(_to_row(peer, peer.url in allowed, checks.get(peer.url)) for peer in peers),
        tuple(sorted(allowed - known)),
    )


def _to_row(peer: Peer, is_allowed: bool, dated: Dated | None) -> Row:
    title, description = _pick(peer.title) or peer.url, _pick(peer.description)
    if dated is None:
        return Row(title, description, peer.url, peer.sources, is_allowed)
    check, words = dated.check, _words()
    return Row(
        title,
        description,
        peer.url,
        peer.sources,
        is_allowed,
        dated.at.date(),
        check.answers,
        tuple(words[each.ability] for each in check.findings if each.is_there),
        tuple(words[each.ability] for each in check.findings if not each.is_there),
        check.milliseconds,
    )


def _pick(texts: Mapping[str, str]) -> str:
    """Return a text in the reader's language, or whichever there is."""
    return texts.get(language()) or next(iter(texts.values()), "")


def _words() -> dict[str, str]:
    return {
        "get": translate("queries by GET"),
        "post": translate("queries by POST"),
        "json": translate("answers in JSON"),
        "xml": translate("answers in XML"),
        "ask": translate("yes or no (ASK)"),
        "values": translate("values sent along (VALUES)"),
        "cors": translate("reading by pages of other sites"),
        "preflight": translate("queries from browsers by POST"),
        "description": translate("a description of itself"),
        "void": translate("a description of its data (VoID)"),
    }
