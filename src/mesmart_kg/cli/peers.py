"""Sister endpoints: ``peers`` shows the register and what SERVICE may name, ``peers check`` tries them."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mesmart_kg.cli.group import Settings, mesmart, pass_settings
from mesmart_kg.cli.tables import print_table, say
from mesmart_kg.errors import ConfigError, FactError

if TYPE_CHECKING:
    from mesmart_kg.config import Config
    from mesmart_kg.peers import Check, Dated, Peer

_AT_ONCE = 4


@mesmart.group(invoke_without_command=True, epilog="Example: mesmart peers check")
@click.pass_context
def peers(context: click.Context) -> None:
    """Show the sister endpoints of the register, and which of them SERVICE may name.

    The register, data/endpoints.ttl, proposes; the setting engine.services decides.
    """
    if context.invoked_subcommand is None:
        _show(context.find_object(Settings) or Settings(None))


def _show(settings: Settings) -> None:
    config = settings.load()
    allowed = {service.iri for service in _services(config)}
    known = {dated.check.url: dated for dated in _read_checks(config)}
    registered = _read_register(config)
    rows = [
        (
            peer.title.get("en", peer.url),
            peer.url,
            "yes" if peer.url in allowed else "no",
            _summary(known.get(peer.url)),
        )
        for peer in registered
    ]
    rows += [("", url, "yes", "not in the register") for url in sorted(allowed - {p.url for p in registered})]
    if rows:
        print_table(("endpoint", "address", "allowed", "last check"), rows)
    else:
        say("The register is empty, and engine.services allows no endpoint.")


def _summary(dated: Dated | None) -> str:
    if dated is None:
        return "never"
    word = "answered" if dated.check.answers else "no answer"
    return f"{dated.at.date().isoformat()}: {word}"


@peers.command(epilog="Example: mesmart peers check https://query.wikidata.org/sparql --json")
@click.argument("urls", metavar="[URL]...", nargs=-1)
@click.option("--seconds", type=click.FloatRange(0.1, 300), default=10.0, help="How long a request may take.")
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
@click.option("--dry-run", is_flag=True, help="Print only, and write nothing.")
@pass_settings
def check(settings: Settings, urls: tuple[str, ...], seconds: float, as_json: bool, dry_run: bool) -> None:
    """Try endpoints: those named, or all of the register.

    Looks whether one can be asked by GET and POST, answers in JSON and XML, takes values along with a query
    (VALUES), may be read by pages of other sites (CORS), describes itself and its data (VoID), and how fast.
    What is found of endpoints in the register is written to data/endpoints-checks.ttl, for the next release.
    An address of a private network begins with `private:`. The exit code is 0 also where one does not answer.
    """
    from mesmart_kg.engine.relay import read_services
    from mesmart_kg.peers import Dated, Probe

    config = settings.load()
    registered = {peer.url for peer in _read_register(config)}
    for url in urls:
        if not url.removeprefix("private:").startswith(("http://", "https://")):
            raise ConfigError(f"{url} is no address: it should start with http:// or https://")
    asked = {service.iri: service for service in read_services(urls or sorted(registered))}
    for service in _services(config):
        if service.iri in asked and service.is_private:
            asked[service.iri] = service
    if not asked:
        say("The register names no endpoint; give one to check.")
        return
    probe = Probe(seconds)
    with ThreadPoolExecutor(_AT_ONCE) as executor:
        found = list(executor.map(probe.check, asked.values()))
    if as_json:
        click.echo(json.dumps([_to_facts(each) for each in found], indent=1))
    else:
        _print(found)
    now = datetime.now(UTC).replace(microsecond=0)
    fresh = {each.url: Dated(each, now) for each in found if each.url in registered}
    if fresh and not dry_run:
        known = {each.check.url: each for each in _read_checks(config) if each.check.url in registered}
        _write(config, list({**known, **fresh}.values()))


def _print(found: list[Check]) -> None:
    from mesmart_kg.peers import ABILITIES
    from mesmart_kg.peers.probing import failures

    rows = [
        (
            each.url,
            *("yes" if each.has(ability) else "no" for ability in ABILITIES),
            "" if each.milliseconds is None else str(each.milliseconds),
        )
        for each in found
    ]
    print_table(("endpoint", *ABILITIES, "ms"), rows)
    for each in found:
        for words in failures(each.findings):
            say(f"{each.url}: {words}")


def _to_facts(check: Check) -> dict[str, Any]:
    return {
        "endpoint": check.url,
        "answers": check.answers,
        "milliseconds": check.milliseconds,
        "findings": {
            finding.ability: {"is_there": finding.is_there, "note": finding.note}
            for finding in check.findings
        },
    }


def _services(config: Config) -> tuple[Any, ...]:
    from mesmart_kg.engine.relay import read_services

    return read_services(config.engine.services)


def _read_register(config: Config) -> tuple[Peer, ...]:
    from mesmart_kg.peers import REGISTER, read_register

    file = config.paths.data / REGISTER
    if not file.is_file():
        return ()
    try:
        return read_register(file.read_bytes(), config.site.base_iri)
    except (SyntaxError, ValueError) as error:
        raise FactError(f"not Turtle: {error}", f"data/{REGISTER}", 0) from error


def _read_checks(config: Config) -> tuple[Dated, ...]:
    from mesmart_kg.peers import FILE, read_checks

    file = config.paths.data / FILE
    if not file.is_file():
        return ()
    try:
        return read_checks(file.read_bytes(), config.site.base_iri)
    except (SyntaxError, ValueError, KeyError) as error:
        raise FactError(f"not as `mesmart peers check` writes it: {error}", f"data/{FILE}", 0) from error


def _write(config: Config, checks: list[Dated]) -> None:
    """Put the file in place whole: a build that reads it meanwhile finds the old one or the new one."""
    from mesmart_kg.peers import FILE, to_turtle

    file: Path = config.paths.data / FILE
    draft = file.with_name(f".{file.name}.new")
    draft.write_text(to_turtle(checks), "utf-8")
    draft.replace(file)
    say(f"The findings stand in data/{FILE} now; the next release will have them.")
