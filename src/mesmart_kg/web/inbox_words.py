"""What the inbox answers: why a message is refused, in words; its contents and receipts as JSON-LD.

A receipt tells where a message stands and nothing of what its sender wrote.

Specification: Linked Data Notifications, section 3.3 (the container of notifications).
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, Final

from mesmart_kg.inbox import MEDIA_TYPES, Fault, NotificationRefused, Receipt, State
from mesmart_kg.namespaces import PREFIXES
from mesmart_kg.web.languages import language, translate
from mesmart_kg.web.problems import Problem

LDP_CONTEXT: Final = "http://www.w3.org/ns/ldp"
_BUSY_SECONDS: Final = 5
_FULL_SECONDS: Final = 86_400


def word_refusal(error: NotificationRefused) -> Problem:
    """Return why a message is refused, and what to do."""
    facts = error.facts
    match error.fault:
        case Fault.SHAPE:
            return _word_findings(error)
        case Fault.TOO_OFTEN:
            detail = translate(
                "One sender may send %(most)s messages a day. Send the rest tomorrow, or many links in one "
                "message.",
                most=facts["most"],
            )
            limit = {"limit": "inbox.a_day", "value": facts["most"]}
            wait = int(str(facts["seconds"]))
            return Problem(429, "inbox-too-often", translate("Enough for today"), detail, limit, wait)
        case Fault.FULL:
            detail = translate(
                "%(most)s messages wait for a person to look at them, and there is no room for more. Please "
                "keep yours and send it in a few days.",
                most=facts["most"],
            )
            limit = {"limit": "inbox.offers", "value": facts["most"]}
            return Problem(503, "inbox-full", translate("The inbox is full"), detail, limit, _FULL_SECONDS)
        case Fault.BUSY:
            detail = translate("Many messages came at once. Send yours again in a few seconds.")
            return Problem(503, "inbox-busy", translate("No answer just now"), detail, {}, _BUSY_SECONDS)
        case _:
            title = translate("This message can’t be taken")
            told = {key: value for key, value in facts.items() if key in {"context", "known", "line", "most"}}
            return Problem(_status(error.fault), f"inbox-{error.fault.value}", title, _explain(error), told)


def _status(fault: Fault) -> int:
    if fault in {Fault.NOT_TEXT, Fault.NOT_JSON, Fault.NOT_RDF, Fault.TOO_DEEP, Fault.LONG_IRI}:
        return 400
    return 413 if fault is Fault.TOO_MUCH else 422


def _word_findings(error: NotificationRefused) -> Problem:
    findings: Any = error.facts["findings"]
    italian = language() == "it"
    told = []
    for each in findings:
        message = each.message_it if italian else each.message_en
        entry = {"message": message, "path": each.path, "shape": each.shape}
        if entry not in told:
            told.append(entry)
    detail = " ".join(each["message"] for each in told[:5])
    return Problem(
        422, "inbox-shape", translate("Something is missing in this message"), detail, {"findings": told}
    )


def _explain(error: NotificationRefused) -> str:
    facts = error.facts
    match error.fault:
        case Fault.NOT_TEXT:
            return translate("The message is no text in UTF-8.")
        case Fault.NOT_JSON:
            return translate("The message is not valid JSON (line %(line)s).", line=facts["line"])
        case Fault.NOT_RDF:
            return translate("The message can’t be read: %(reason)s", reason=facts["reason"])
        case Fault.TOO_DEEP:
            return translate(
                "The message nests deeper than %(most)s levels. Write it flatter.", most=facts["most"]
            )
        case Fault.TOO_MUCH:
            return translate(
                "The message holds more than %(most)s parts of a kind. Send it in several parts, or only the "
                "address of your links.",
                most=facts["most"],
            )
        case Fault.LONG_IRI:
            return translate(
                "An address in the message is longer than %(most)s characters.", most=facts["most"]
            )
        case Fault.UNKNOWN_CONTEXT:
            known: Any = facts["known"]
            return translate(
                "The context %(context)s is not known here, and nothing is fetched. Use one of these, or "
                "write your context into the message: %(known)s",
                context=facts["context"],
                known=", ".join(known),
            )
        case Fault.BAD_CONTEXT:
            return translate("A @context of the message is none, or imports another, which is not done here.")
        case Fault.NO_ACTIVITY:
            return translate(
                "The message announces or offers nothing: it needs an as:Announce or as:Offer, with the "
                "@context https://www.w3.org/ns/activitystreams; or it is one void:Linkset with its links."
            )
        case Fault.MANY_ACTIVITIES:
            return translate("The message announces or offers several things. Send one message for each.")
        case Fault.NO_OBJECT:
            return translate(
                "The message should have one object, and this should be a void:Linkset or an oa:Annotation."
            )
        case Fault.NO_ADDRESS:
            return translate("The set of links neither comes along nor has a web address.")
        case Fault.NO_LINKS:
            return translate(
                "No link in the message leads to one of our things: these begin with %(base)s",
                base=facts["base"],
            )
        case Fault.BLANK_NODES:
            return translate(
                "A set of links, and everything in it, has a web address of its own: no blank nodes."
            )
        case _:
            return translate(
                "“%(target)s” is nothing of ours. Say which page or which of our things is meant: its "
                "address begins with %(base)s, or with the address of this site.",
                target=facts.get("target", ""),
                base=facts.get("base", ""),
            )


def word_media_types() -> Problem:
    """Return that a message came as something that is not taken."""
    detail = translate(
        "A message comes as %(types)s, as it is, not packed. Name its type in Content-Type.",
        types=", ".join(MEDIA_TYPES),
    )
    title = translate("This message can’t be taken")
    return Problem(415, "inbox-media-type", title, detail, {"formats": list(MEDIA_TYPES)})


def word_outage() -> Problem:
    """Return that nothing can be kept just now."""
    detail = translate(
        "Your message could not be stored, so it was not taken. The fault is ours and has been noted; please "
        "send it again later."
    )
    return Problem(503, "inbox-unavailable", translate("No answer just now"), detail, {}, 600)


def word_state(state: State) -> str:
    """Return where a message stands, in a few words."""
    words = {
        State.WAITING: translate("It waits for a person to look at it."),
        State.ACCEPTED: translate("It was accepted. Thank you!"),
        State.REJECTED: translate("It was looked at and not accepted."),
    }
    return words[state]


def write_container(address: str, members: Iterable[str]) -> str:
    """Return the list of an inbox as JSON-LD."""
    document = {"@context": LDP_CONTEXT, "@id": address, "contains": list(members)}
    return json.dumps(document, indent=1) + "\n"


def write_receipt(receipt: Receipt, address: str) -> str:
    """Return where a message stands as JSON-LD: kind, state, days, and what the curator says of it."""
    document: dict[str, Any] = {
        "@context": {
            "dcterms": PREFIXES["dcterms"],
            "rdfs": PREFIXES["rdfs"],
            "schema": PREFIXES["schema"],
            "xsd": PREFIXES["xsd"],
        },
        "@id": address,
        "@type": "schema:Message",
        "dcterms:type": receipt.kind.value,
        "schema:creativeWorkStatus": receipt.state.value,
        "dcterms:dateSubmitted": _to_day(receipt.received.date().isoformat()),
    }
    if receipt.decided:
        document["dcterms:modified"] = _to_day(receipt.decided.date().isoformat())
    if receipt.note:
        document["rdfs:comment"] = receipt.note
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


def _to_day(day: str) -> dict[str, str]:
    return {"@value": day, "@type": "xsd:date"}
