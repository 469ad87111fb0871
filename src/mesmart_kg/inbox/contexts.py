"""JSON-LD contexts that messages may name: short tables of the terms that they need, none ever fetched.

Each stands in for the published context of that address, as far as messages to an inbox use it. A term that
is not in a table has no meaning and is passed over, as JSON-LD has it; a context that is not here is refused,
since without it nobody knows what the sender means.

Specification: JSON-LD 1.1, sections 3.1 and 9.15 (``@import`` would fetch, too, and is refused).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from mesmart_kg.inbox.model import LONGEST_IRI, Fault, NotificationRefused
from mesmart_kg.namespaces import PREFIXES

AS: Final = PREFIXES["as"]
ACTIVITY_STREAMS: Final = "https://www.w3.org/ns/activitystreams"
LDP_CONTEXT: Final = "https://www.w3.org/ns/ldp"
ANNOTATIONS: Final = "https://www.w3.org/ns/anno.jsonld"
MOST_CONTEXTS: Final = 10
"""How many contexts one message may name or hold: each is worked through wherever it stands."""

_KEYWORDS: Final = {"id": "@id", "type": "@type"}


def _iri(term: str) -> dict[str, str]:
    return {"@id": term, "@type": "@id"}


_ACTIVITY_STREAMS: Final[Mapping[str, Any]] = MappingProxyType(
    {
        **_KEYWORDS,
        "as": AS,
        "xsd": PREFIXES["xsd"],
        "ldp": PREFIXES["ldp"],
        "vcard": PREFIXES["vcard"],
        **{
            name: f"as:{name}"
            for name in (
                *("Announce", "Offer", "Person", "Organization", "Group", "Service", "Application"),
                *("Note", "Document", "Page", "Link", "Object", "Activity", "Collection"),
                *("name", "summary", "content", "mediaType"),
            )
        },
        **{
            name: _iri(f"as:{name}")
            for name in (
                "actor",
                "object",
                "target",
                "origin",
                "to",
                "cc",
                "inReplyTo",
                "url",
                "attributedTo",
            )
        },
        "published": {"@id": "as:published", "@type": "xsd:dateTime"},
        "updated": {"@id": "as:updated", "@type": "xsd:dateTime"},
        "inbox": _iri("ldp:inbox"),
    }
)

_LDP: Final[Mapping[str, Any]] = MappingProxyType(
    {
        **_KEYWORDS,
        "ldp": PREFIXES["ldp"],
        "contains": _iri("ldp:contains"),
        "inbox": _iri("ldp:inbox"),
        "constrainedBy": _iri("ldp:constrainedBy"),
        "Container": "ldp:Container",
        "Resource": "ldp:Resource",
    }
)

_ANNOTATIONS: Final[Mapping[str, Any]] = MappingProxyType(
    {
        **_KEYWORDS,
        "oa": PREFIXES["oa"],
        "dc": PREFIXES["dc"],
        "dcterms": PREFIXES["dcterms"],
        "foaf": PREFIXES["foaf"],
        "rdf": PREFIXES["rdf"],
        "rdfs": PREFIXES["rdfs"],
        "schema": "http://schema.org/",
        "skos": PREFIXES["skos"],
        "xsd": PREFIXES["xsd"],
        "as": AS,
        "Annotation": "oa:Annotation",
        "editing": "oa:editing",
        "motivation": {"@id": "oa:motivatedBy", "@type": "@vocab"},
        "target": _iri("oa:hasTarget"),
        "bodyValue": "oa:bodyValue",
        "creator": _iri("dcterms:creator"),
        "created": {"@id": "dcterms:created", "@type": "xsd:dateTime"},
        "name": "foaf:name",
        "Person": "foaf:Person",
        "Organization": "foaf:Organization",
    }
)

_OURS: Final[Mapping[str, Any]] = MappingProxyType({**PREFIXES, **_KEYWORDS})
"""What stands in for our own context where the release at hand holds none: the prefixes."""

_KNOWN: Final = MappingProxyType(
    {
        ACTIVITY_STREAMS: _ACTIVITY_STREAMS,
        f"{ACTIVITY_STREAMS}.jsonld": _ACTIVITY_STREAMS,
        LDP_CONTEXT: _LDP,
        ANNOTATIONS: _ANNOTATIONS,
    }
)


def read_own_contexts(folder: Path, base_iri: str) -> Mapping[str, Any]:
    """Return our own contexts by their addresses: the newest under the plain name, each under its date.

    ``folder`` holds ``YYYY-MM-DD.jsonld``; without any, the prefixes of the project stand in.
    """
    plain = f"{base_iri}context"
    found: dict[str, Any] = {plain: _OURS}
    for file in sorted(folder.glob("*.jsonld")) if folder.is_dir() else ():
        try:
            table = json.loads(file.read_text("utf-8"))["@context"]
        except (OSError, ValueError, KeyError, TypeError):
            continue
        found[plain] = found[f"{plain}/{file.stem}"] = table
    return MappingProxyType(found)


def with_contexts(document: Any, own: Mapping[str, Any]) -> Any:
    """Return a JSON-LD document with the contexts that it names put in their place.

    ``own`` are those of this site, by address. Raises NotificationRefused for a context that is unknown, or
    is none. The document is one that nests no deeper than is safe, see ``parsing``.
    """
    for number, holder in enumerate(_find_holders(document)):
        if number == MOST_CONTEXTS:
            raise NotificationRefused(Fault.TOO_MUCH, most=MOST_CONTEXTS)
        holder["@context"] = _settle(holder["@context"], own)
    return document


def _find_holders(document: Any) -> Iterator[dict[str, Any]]:
    """Yield all objects with a context, wherever they stand; those within a context among them."""
    ahead = [document]
    while ahead:
        each = ahead.pop()
        if isinstance(each, dict):
            ahead.extend(value for value in each.values() if isinstance(value, dict | list))
            if "@context" in each:
                yield each
        elif isinstance(each, list):
            ahead.extend(value for value in each if isinstance(value, dict | list))


def _settle(context: Any, own: Mapping[str, Any]) -> Any:
    if isinstance(context, list):
        if len(context) > MOST_CONTEXTS:
            raise NotificationRefused(Fault.TOO_MUCH, most=MOST_CONTEXTS)
        return [_settle(each, own) for each in context]
    if context is None:
        return None
    if isinstance(context, str):
        return _find(context, own)
    if not isinstance(context, dict) or "@import" in context:
        raise NotificationRefused(Fault.BAD_CONTEXT)
    for value in context.values():
        named = value.get("@id") if isinstance(value, dict) else value
        if isinstance(named, str) and len(named) > LONGEST_IRI:
            raise NotificationRefused(Fault.LONG_IRI, most=LONGEST_IRI)
    return context


def _find(address: str, own: Mapping[str, Any]) -> Any:
    for table in (own, _KNOWN):
        for way in (address, address.rstrip("#"), address.replace("http://", "https://", 1).rstrip("#")):
            if way in table:
                found = table[way]
                return dict(found) if isinstance(found, Mapping) else found
    known = sorted({ACTIVITY_STREAMS, ANNOTATIONS, LDP_CONTEXT, *own})
    raise NotificationRefused(Fault.UNKNOWN_CONTEXT, context=address[:200], known=tuple(known))
