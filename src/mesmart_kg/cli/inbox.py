"""What others sent us: ``inbox list``, ``show``, ``accept``, ``reject``.

What is shown was written by strangers: signs that steer a terminal, or turn the direction of a text, are
written out before they reach it.
"""

from __future__ import annotations

import json
import sys
import unicodedata
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import click

from mesmart_kg.cli.group import Settings, mesmart, pass_settings
from mesmart_kg.cli.tables import print_table, say
from mesmart_kg.errors import ConfigError

if TYPE_CHECKING:
    from mesmart_kg.config import Config
    from mesmart_kg.inbox import Inbox, Kept, Receipt

_STATES: Final = ("waiting", "accepted", "rejected")
_WRITTEN_OUT: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_SHOWN: Final = 70
_LABELS: Final = {
    "iri": "set",
    "title": "title",
    "address": "to fetch",
    "links": "links",
    "target": "about",
    "property": "property",
    "value": "value",
    "text": "says",
    "source": "source",
}


@mesmart.group("inbox", epilog="Example: mesmart inbox list")
def inbox_group() -> None:
    """Look at what others sent, and decide on it.

    Links and corrections wait in the folder of the setting inbox.folder. Nothing of them is published, and
    nothing that they name is fetched, before you say so.
    """


@inbox_group.command("list", epilog="Example: mesmart inbox list --state all --json")
@click.option(
    "--state", type=click.Choice([*_STATES, "all"]), default="waiting", help="Which ones; else those waiting."
)
@click.option("--json", "as_json", is_flag=True, help="Print the list as JSON.")
@pass_settings
def list_messages(settings: Settings, state: str, as_json: bool) -> None:
    """List the messages, the oldest first."""
    from mesmart_kg.inbox import State

    inbox = _open(settings.load())
    chosen = _STATES if state == "all" else (state,)
    found = [inbox.get(name) for each in chosen for name in inbox.ids(State(each))]
    if as_json:
        click.echo(json.dumps([_to_facts(each) for each in found], indent=1))
    elif found:
        print_table(
            ("message", "received", "state", "kind", "from", "about"), [_to_row(each) for each in found]
        )
    else:
        say("No message." if state == "all" else f"No message is {state}.")


@inbox_group.command(epilog="Example: mesmart inbox show 3f9a1c20")
@click.argument("message", metavar="ID")
@click.option("--json", "as_json", is_flag=True, help="Print all of it as JSON.")
@pass_settings
def show(settings: Settings, message: str, as_json: bool) -> None:
    """Show a message, named by its id or the beginning of it."""
    inbox = _open(settings.load())
    kept = inbox.get(inbox.complete(message))
    notification, receipt = kept.notification, kept.receipt
    if as_json:
        whole = {
            "media_type": notification.media_type,
            "body": notification.body,
            "linkset": notification.linkset,
        }
        click.echo(json.dumps(_to_facts(kept) | whole, indent=1))
        return
    rows = [
        ("message", receipt.id),
        ("received", receipt.received.isoformat()),
        ("state", receipt.state.value),
        ("kind", f"{notification.kind.value} ({notification.activity})"),
        ("from", notification.sender or "nobody says"),
        *((label, notification.about[key]) for key, label in _LABELS.items() if notification.about.get(key)),
    ]
    if receipt.note:
        rows.append(("your note", receipt.note))
    width = max(len(label) for label, _ in rows)
    for label, value in rows:
        lines = to_safe(value).split("\n")
        click.echo(f"{label:>{width}}  {lines[0]}")
        for line in lines[1:]:
            click.echo(f"{'':>{width}}  {line}")
    if notification.linkset:
        click.echo()
        click.echo(to_safe(notification.linkset).rstrip("\n"))


@inbox_group.command(epilog="Example: mesmart inbox accept 3f9a1c20 --name bologna")
@click.argument("message", metavar="ID")
@click.option("--note", default="", help="What its sender reads on the receipt, which anybody may see.")
@click.option("--name", default="", help="What a set of links is called here: letters, digits, hyphens.")
@click.option("--credit", default="", help="Whom to thank for a set of links; else its sender’s name.")
@click.option("--licence", default="", metavar="IRI", help="The licence of a set of links that tells none.")
@click.option("--fetch", is_flag=True, help="Fetch a set of links that is named by its address.")
@click.option("--yes", is_flag=True, help="Do not ask before writing.")
@pass_settings
def accept(settings: Settings, /, message: str, note: str, yes: bool, **options: Any) -> None:
    """Accept a message.

    A set of links is checked, shown and written to data/links/NAME.ttl as by `mesmart linkset add`; one that
    is only named by its address is fetched with --fetch, and not otherwise. A correction is kept as accepted:
    put it into data/ yourself, with its source. What can't be taken in stays waiting, and the exit code is 1.
    """
    from mesmart_kg.inbox import Kind

    config = settings.load()
    inbox = _open(config)
    with inbox.curating():
        kept = _get_waiting(inbox, message)
        if kept.notification.kind is Kind.LINKSET and not _take_linkset(config, kept, yes=yes, **options):
            say("mesmart: nothing was changed; the message waits on")
            sys.exit(1)
        receipt = _decide(inbox, kept, "accepted", note)
    say(f"{receipt.id} is accepted.")
    if receipt.kind is Kind.CORRECTION:
        say(f"Put it into data/ with its source; `mesmart inbox show {receipt.id[:8]}` shows it.")


@inbox_group.command(epilog="Example: mesmart inbox reject 3f9a1c20 --reason “The source says otherwise.”")
@click.argument("message", metavar="ID")
@click.option("--reason", required=True, help="What its sender reads on the receipt, which anybody may see.")
@pass_settings
def reject(settings: Settings, message: str, reason: str) -> None:
    """Reject a message; it is kept, with the reason."""
    if not reason.strip():
        raise ConfigError("--reason: say why, in a few words; the sender will read it")
    inbox = _open(settings.load())
    with inbox.curating():
        receipt = _decide(inbox, _get_waiting(inbox, message), "rejected", reason)
    say(f"{receipt.id} is rejected.")


def to_safe(text: str) -> str:
    """Return a stranger's text with every sign written out that steers a terminal or hides from the eye."""
    return "".join(
        sign if sign == "\n" or unicodedata.category(sign) not in _WRITTEN_OUT else f"\\u{ord(sign):04x}"
        for sign in text
    )


def _open(config: Config) -> Inbox:
    from mesmart_kg.inbox import Inbox

    if config.inbox.folder is None:
        raise ConfigError("inbox.folder is empty: this site takes no messages")
    return Inbox(config.inbox.folder, config.inbox.offers)


def _get_waiting(inbox: Inbox, message: str) -> Kept:
    from mesmart_kg.inbox import State, UnknownNotification

    kept = inbox.get(inbox.complete(message))
    if kept.receipt.state is not State.WAITING:
        raise UnknownNotification(f"{kept.receipt.id} is {kept.receipt.state.value} already")
    return kept


def _decide(inbox: Inbox, kept: Kept, state: str, note: str) -> Receipt:
    from mesmart_kg.inbox import State

    return inbox.decide(kept.receipt.id, State(state), note.strip(), datetime.now(UTC))


def _take_linkset(
    config: Config, kept: Kept, *, name: str, credit: str, licence: str, fetch: bool, yes: bool
) -> bool:
    """Have a set of links taken in as by `mesmart linkset add`; tell whether it was."""
    from mesmart_kg.cli.linksets import check_licence, take_in
    from mesmart_kg.linksets import Given, is_name
    from mesmart_kg.linksets import fetch as fetch_file

    if not is_name(name):
        raise ConfigError("--name says what the set is called here: small letters, digits, hyphens between")
    check_licence(licence)
    notification = kept.notification
    address = notification.about.get("address", "")
    if notification.linkset:
        data = notification.linkset.encode()
    elif fetch:
        data = fetch_file(address)
    else:
        raise ConfigError(f"its links are at {to_safe(address)}: with --fetch they are fetched from there")
    source = "" if notification.linkset else address
    given = Given(credit.strip() or _credit(notification.sender), licence, source, datetime.now(UTC).date())
    return take_in(config, data, name, given, yes=yes, as_json=False)


def _credit(sender: str) -> str:
    """Return whom to thank by what the sender says; an address is no name."""
    return "" if "://" in sender else to_safe(sender)


def _to_row(kept: Kept) -> tuple[str, ...]:
    about = kept.notification.about
    words = about.get("title") or about.get("text") or about.get("iri") or about.get("address") or ""
    target = about.get("target", "")
    told = f"{target.rpartition('/')[2]}: {words}" if target else words
    return (
        kept.receipt.id[:12],
        kept.receipt.received.date().isoformat(),
        kept.receipt.state.value,
        kept.notification.kind.value,
        _cut(kept.notification.sender, 30),
        _cut(told, _SHOWN),
    )


def _cut(text: str, most: int) -> str:
    plain = to_safe(" ".join(text.split()))
    return plain if len(plain) <= most else plain[:most] + "…"


def _to_facts(kept: Kept) -> dict[str, Any]:
    receipt, notification = kept.receipt, kept.notification
    return {
        "id": receipt.id,
        "state": receipt.state.value,
        "kind": receipt.kind.value,
        "activity": notification.activity,
        "received": receipt.received.isoformat(),
        "decided": receipt.decided.isoformat() if receipt.decided else None,
        "note": receipt.note,
        "sender": notification.sender,
        "about": dict(notification.about),
    }
