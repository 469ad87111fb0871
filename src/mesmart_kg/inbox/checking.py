"""The way of a message from bytes to something fit to be kept: parsed, understood, held against the shapes.

Of the shapes only those of messages are used, and those of sets of links where one came along; links
themselves are not, since they are many and SHACL says nothing of them. A release that was made before there
were such shapes is used without: what a message must have to be understood is looked at in ``reading``.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from mesmart_kg.inbox.model import Fault, Notification, NotificationRefused
from mesmart_kg.inbox.parsing import parse_message
from mesmart_kg.inbox.reading import Meaning, read_meaning
from mesmart_kg.namespaces import PREFIXES, SHAPES

if TYPE_CHECKING:
    from rdflib import Graph

    from mesmart_kg.validation import Finding

MESSAGE_SHAPES: Final = ("Notification", "NotificationObject", "Correction")
LINKSET_SHAPES: Final = ("Linkset", "LinksetGiver", "LinksetDay")

MOST_TOLD: Final = 500
"""Statements of one message that are held against the shapes; links are not among them."""

MOST_FINDINGS: Final = 20
_PATIENCE: Final = 10.0


class Examiner:
    """Looks at messages, one at a time: a validator takes a thread's whole attention.

    ``read_shapes`` gives the shapes of the release, once, when the first message comes. ``site`` is the
    address under which readers reach us, empty if nobody has said.
    """

    def __init__(
        self,
        base_iri: str,
        read_shapes: Callable[[], Graph],
        own_contexts: Mapping[str, Any],
        site: str = "",
    ) -> None:
        self._base_iri = base_iri
        self._read_shapes = read_shapes
        self._own_contexts = own_contexts
        self._site = site
        self._shapes: dict[tuple[str, ...], Graph] = {}
        self._lock = threading.Lock()

    def examine(self, data: bytes, media_type: str, site: str = "") -> Notification:
        """Return a message that is fit to be kept. Raises NotificationRefused, ShapeError.

        ``site`` is the address that the sender reached us by; used where none was set.
        """
        parsed = parse_message(data, media_type, f"{self._base_iri}inbox", self._own_contexts)
        meaning = read_meaning(parsed.quads, self._base_iri, self._site or site)
        self._check(meaning)
        return Notification(
            id=parsed.id,
            kind=meaning.kind,
            activity=meaning.activity,
            sender=meaning.sender,
            about=meaning.about,
            media_type=media_type,
            body=parsed.body,
            linkset=meaning.to_ntriples(),
        )

    def _check(self, meaning: Meaning) -> None:
        if max(len(meaning.told), len(meaning.described)) > MOST_TOLD:
            raise NotificationRefused(Fault.TOO_MUCH, most=MOST_TOLD)
        if not self._lock.acquire(timeout=_PATIENCE):
            raise NotificationRefused(Fault.BUSY)
        try:
            findings = self._find_violations(meaning)
        finally:
            self._lock.release()
        if findings:
            raise NotificationRefused(Fault.SHAPE, findings=findings[:MOST_FINDINGS])

    def _find_violations(self, meaning: Meaning) -> tuple[Finding, ...]:
        from mesmart_kg.validation import validate_quads  # a validator's weight, once a message is there

        if not self._shapes:
            shapes = self._read_shapes()
            self._shapes = {names: choose_shapes(shapes, names) for names in (MESSAGE_SHAPES, LINKSET_SHAPES)}
        found: list[Finding] = []
        for names, quads in ((MESSAGE_SHAPES, meaning.told), (LINKSET_SHAPES, meaning.described)):
            if quads and len(self._shapes[names]):
                report = validate_quads(quads, self._shapes[names], f"{self._base_iri}report/inbox")
                found += report.violations
        return tuple(found)


def choose_shapes(shapes: Graph, names: tuple[str, ...]) -> Graph:
    """Return the shapes of some names (below ``shapes#``) with all that they lead to among the shapes."""
    from rdflib import BNode, Graph, URIRef

    chosen = Graph()
    for prefix, namespace in PREFIXES.items():
        chosen.bind(prefix, namespace)
    ahead: list[Any] = [URIRef(SHAPES + name) for name in names]
    seen = set(ahead)
    while ahead:
        for triple in shapes.triples((ahead.pop(), None, None)):
            chosen.add(triple)
            value = triple[2]
            if isinstance(value, URIRef | BNode) and value not in seen:
                seen.add(value)
                ahead.append(value)
    return chosen
