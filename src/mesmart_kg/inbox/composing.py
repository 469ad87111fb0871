"""A message made of what a person wrote into a form: the same JSON-LD that a program would send."""

from __future__ import annotations

import json
from typing import Any, Final

from mesmart_kg.inbox.contexts import ACTIVITY_STREAMS, ANNOTATIONS
from mesmart_kg.namespaces import PREFIXES, expand

_LINKSET: Final = expand("void:Linkset")


def compose_correction(target: str, text: str, source: str, sender: str = "") -> bytes:
    """Return an offer of a correction: what it is about (an IRI), what is wrong, who says so."""
    return _to_bytes(
        {
            "@context": [ACTIVITY_STREAMS, ANNOTATIONS],
            "type": "Offer",
            "object": {
                "type": "Annotation",
                "motivation": "editing",
                "target": target,
                "bodyValue": text,
                "dcterms:source": source,
            },
        },
        sender,
    )


def compose_linkset(address: str, title: str = "", sender: str = "") -> bytes:
    """Return an offer of a set of links by its address."""
    thing: dict[str, Any] = {"type": _LINKSET, "url": address}
    if title:
        thing["dcterms:title"] = title
    context = [ACTIVITY_STREAMS, {"dcterms": PREFIXES["dcterms"]}]
    return _to_bytes({"@context": context, "type": "Offer", "object": thing}, sender)


def _to_bytes(document: dict[str, Any], sender: str) -> bytes:
    if sender:
        document["actor"] = {expand("as:name"): sender}
    return json.dumps(document, ensure_ascii=False, indent=1).encode("utf-8", "replace")
