"""Which other endpoints an answer comes from, as its header says: ``Mesmart-Services``.

A list of Structured Fields (RFC 9651), a member for each call of SERVICE in the order in which they ended:

    Mesmart-Services: "https://query.wikidata.org/sparql";outcome=ok;rows=12;requests=1;ms=348.2

``outcome`` is ``ok``, ``failed``, ``timeout``, ``too-large`` or ``refused``; a call with SILENT that failed
is told here alone. Calls are over before the first byte of an answer, so the header is true of all of it,
however long the answer takes to send; errors carry it as well.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from mesmart_kg.engine import Call
from mesmart_kg.web.languages import translate

NAME: Final = "Mesmart-Services"

_LONGEST: Final = 300
"""Characters of an address: a stranger's query names what it likes, and a head has no room for that."""

_SAFE: Final = "!#$%&'()*+,-./:;=?@[]^_`{|}~ <>"


def to_header(calls: Iterable[Call]) -> str:
    """Return the value of the header; nothing where nobody was called."""
    return ", ".join(_to_member(call) for call in calls)


@dataclass(frozen=True)
class Shown:
    """A call as a page tells of it; milliseconds are whole ones."""

    service: str
    outcome: str
    words: str
    rows: int
    milliseconds: int


def to_shown(calls: Iterable[Call]) -> tuple[Shown, ...]:
    """Return calls for a page, in the reader's language."""
    words = {
        "ok": translate("answered"),
        "failed": translate("gave no usable answer"),
        "timeout": translate("took too long"),
        "too-large": translate("answered too much"),
        "refused": translate("may not be asked from here"),
    }
    return tuple(
        Shown(call.service, call.outcome, words[call.outcome], call.rows, round(call.milliseconds))
        for call in calls
    )


def _to_member(call: Call) -> str:
    address = quote(call.service, safe=_SAFE)
    if len(address) > _LONGEST:
        address = address[:_LONGEST] + "..."
    told = f"outcome={call.outcome};rows={call.rows};requests={call.requests};ms={call.milliseconds:.1f}"
    return f'"{address}";{told}'
