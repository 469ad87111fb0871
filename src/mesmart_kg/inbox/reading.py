"""What a message means: who announces or offers what, drawn from its statements.

An activity (``as:Announce``, ``as:Offer``) has one object: a ``void:Linkset`` or a correction. A Turtle file
that describes one ``void:Linkset`` and holds its links is an offer of it as it stands, so that the file that
`mesmart link` writes can be sent without a word around it.

A set of links comes along in one of two ways, as statements of the message or as Turtle text in its
``as:content``; or it is only named by its address.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Final

from mesmart_kg import formats
from mesmart_kg.inbox.contexts import AS
from mesmart_kg.inbox.model import Fault, Kind, NotificationRefused
from mesmart_kg.inbox.parsing import parse_turtle
from mesmart_kg.namespaces import expand
from mesmart_kg.store import BlankNode, Literal, NamedNode, Quad, Term, canonical_ntriples

ACTIVITIES: Final = ("Announce", "Offer")
LINK_PREDICATES: Final = frozenset(
    expand(f"skos:{name}")
    for name in ("exactMatch", "closeMatch", "relatedMatch", "broadMatch", "narrowMatch")
) | {expand("owl:sameAs")}
"""What marks a statement as a link; which links are fit to be taken in is looked at when it comes to that."""

_TYPE: Final = expand("rdf:type")
_LINKSET: Final = expand("void:Linkset")
_WEB: Final = ("http://", "https://")


@dataclass(frozen=True)
class Meaning:
    """What a message brings.

    ``told`` are the statements of the message itself, ``described`` those about a set that came along, and
    ``links`` what the set links; of one that is only named there are neither.
    """

    kind: Kind
    activity: str
    sender: str
    about: Mapping[str, str]
    told: tuple[Quad, ...] = field(repr=False)
    described: tuple[Quad, ...] = field(default=(), repr=False)
    links: tuple[Quad, ...] = field(default=(), repr=False)

    def to_ntriples(self) -> str:
        """Return the set that came along, description and links, sorted; nothing if none did."""
        whole = (quad.triple for quad in (*self.described, *self.links))
        return b"".join(canonical_ntriples(whole)).decode()


class Statements:
    """The statements of a message, by subject."""

    def __init__(self, quads: Iterable[Quad]) -> None:
        self._by_subject: dict[Term, list[Quad]] = {}
        for quad in quads:
            self._by_subject.setdefault(quad.subject, []).append(quad)  # type: ignore[arg-type]

    def values(self, subject: Term, *names: str) -> tuple[Term, ...]:
        """Return what is said of a subject by properties, each given by its IRI or a prefixed name."""
        wanted = {name if "://" in name else expand(name) for name in names}
        found = (quad.object for quad in self._by_subject.get(subject, ()) if quad.predicate.value in wanted)
        return tuple(each for each in found if isinstance(each, NamedNode | BlankNode | Literal))

    def text(self, subject: Term, *names: str) -> str:
        """Return the first literal by one of several properties; else the first IRI; else nothing."""
        values = self.values(subject, *names)
        chosen = sorted(values, key=lambda each: (not isinstance(each, Literal), str(each)))
        return next((each.value for each in chosen if not isinstance(each, BlankNode)), "")

    def instances(self, *classes: str) -> list[Term]:
        """Return the subjects that are said to be of one of some classes, given by IRI."""
        return sorted(
            (
                subject
                for subject, quads in self._by_subject.items()
                if any(
                    quad.predicate.value == _TYPE
                    and isinstance(quad.object, NamedNode)
                    and quad.object.value in classes
                    for quad in quads
                )
            ),
            key=str,
        )

    def of(self, subject: Term) -> Sequence[Quad]:
        """Return what is said of a subject."""
        return self._by_subject.get(subject, ())


def read_meaning(quads: tuple[Quad, ...], base_iri: str, site: str) -> Meaning:
    """Return what a message means. Raises NotificationRefused.

    What is ours begins with ``base_iri`` (or, of terms that all cities share, their namespace), or with
    ``site``, the address under which readers reach us.
    """
    statements = Statements(quads)
    activities = statements.instances(*(AS + name for name in ACTIVITIES))
    if len(activities) > 1:
        raise NotificationRefused(Fault.MANY_ACTIVITIES)
    if activities:
        activity = activities[0]
        objects = statements.values(activity, f"{AS}object")
        if len(objects) != 1 or isinstance(objects[0], Literal):
            raise NotificationRefused(Fault.NO_OBJECT)
        name = next(each for each in ACTIVITIES if activity in statements.instances(AS + each))
        thing: Term = objects[0]
        sender = _name_sender(statements, activity, thing)
    else:
        sets = statements.instances(_LINKSET)
        if len(sets) != 1 or not any(quad.predicate.value in LINK_PREDICATES for quad in quads):
            raise NotificationRefused(Fault.NO_ACTIVITY)
        name, thing = "Offer", sets[0]
        sender = _name_giver(statements, thing)
    if thing in statements.instances(_LINKSET):
        return _read_linkset(quads, statements, thing, name, sender, base_iri)
    if thing in statements.instances(expand("oa:Annotation")):
        return _read_correction(quads, statements, thing, name, sender, (base_iri, site))
    raise NotificationRefused(Fault.NO_OBJECT)


def _name_sender(statements: Statements, activity: Term, thing: Term) -> str:
    for actor in statements.values(activity, f"{AS}actor"):
        named = statements.text(actor, f"{AS}name", "foaf:name")
        if named or not isinstance(actor, BlankNode):
            return named or actor.value
    return _name_giver(statements, thing)


def _name_giver(statements: Statements, thing: Term) -> str:
    for giver in statements.values(thing, "dcterms:publisher", "dcterms:creator"):
        named = statements.text(giver, "foaf:name", f"{AS}name")
        if named or not isinstance(giver, BlankNode):
            return named or giver.value
    return ""


# --- a set of links ---


def _read_linkset(
    quads: tuple[Quad, ...], statements: Statements, thing: Term, activity: str, sender: str, base_iri: str
) -> Meaning:
    told = tuple(quad for quad in quads if quad.predicate.value not in LINK_PREDICATES)
    links = tuple(quad for quad in quads if quad.predicate.value in LINK_PREDICATES)
    content = _find_content(statements, thing)
    if content:
        came = parse_turtle(content, None)
        inner = Statements(came)
        sets = inner.instances(_LINKSET)
        if len(sets) != 1:
            raise NotificationRefused(Fault.NO_OBJECT)
        thing = sets[0]
        links = tuple(quad for quad in came if quad.predicate.value in LINK_PREDICATES)
        statements = inner
        sender = sender or _name_giver(inner, thing)
    elif not links:
        return _read_address(told, statements, thing, activity, sender)
    if not isinstance(thing, NamedNode):
        raise NotificationRefused(Fault.BLANK_NODES)
    described = tuple(
        quad
        for quad in statements.of(thing)
        if not quad.predicate.value.startswith(AS)
        and quad.predicate.value not in LINK_PREDICATES
        and not (isinstance(quad.object, NamedNode) and quad.object.value.startswith(AS))
    )
    ends = (end for quad in (*described, *links) for end in (quad.subject, quad.object))
    if any(isinstance(end, BlankNode) for end in ends):
        raise NotificationRefused(Fault.BLANK_NODES)
    own = sum(_touches(quad, f"{base_iri}id/") for quad in links)
    if not own:
        raise NotificationRefused(Fault.NO_LINKS, base=f"{base_iri}id/")
    about = {
        "iri": thing.value,
        "title": statements.text(thing, "dcterms:title"),
        "address": "",
        "links": str(own),
    }
    return Meaning(Kind.LINKSET, activity, sender, about, told, described, links)


def _find_content(statements: Statements, thing: Term) -> str:
    """Return the Turtle text that the object of a message holds; empty if it holds none."""
    if formats.TURTLE.media_type not in {
        each.value.partition(";")[0].strip() for each in statements.values(thing, f"{AS}mediaType")
    }:
        return ""
    return statements.text(thing, f"{AS}content")


def _touches(quad: Quad, start: str) -> bool:
    ends = (quad.subject, quad.object)
    return any(isinstance(end, NamedNode) and end.value.startswith(start) for end in ends)


def _read_address(
    told: tuple[Quad, ...], statements: Statements, thing: Term, activity: str, sender: str
) -> Meaning:
    named = statements.values(thing, f"{AS}url", "void:dataDump", f"{AS}href")
    addresses = (each.value for each in chain(named, (thing,)) if isinstance(each, NamedNode))
    address = next((each for each in addresses if each.lower().startswith(_WEB)), "")
    if not address:
        raise NotificationRefused(Fault.NO_ADDRESS)
    about = {
        "iri": thing.value if isinstance(thing, NamedNode) else "",
        "title": statements.text(thing, "dcterms:title", f"{AS}name"),
        "address": address,
        "links": "",
    }
    return Meaning(Kind.LINKSET, activity, sender, about, told)


# --- a correction ---


def _read_correction(
    quads: tuple[Quad, ...],
    statements: Statements,
    thing: Term,
    activity: str,
    sender: str,
    ours: tuple[str, ...],
) -> Meaning:
    targets = list(statements.values(thing, "oa:hasTarget"))
    target = targets[0] if len(targets) == 1 else None
    # A single statement may be meant, told apart as RDF does it.
    subject = next(iter(statements.values(target, "rdf:subject")), None) if target is not None else None
    named = subject if subject is not None else target
    address = "" if named is None or isinstance(named, BlankNode) else named.value
    own = (*ours, expand("cc:"), expand("voc:"), expand("shapes:"))
    if not any(start and address.startswith(start) for start in own):
        raise NotificationRefused(Fault.NOT_OURS, target=address[:200], base=ours[0])
    about = {"target": address, "text": statements.text(thing, "oa:bodyValue")}
    about["source"] = "\n".join(_list_values(statements, thing, "dcterms:source"))
    if target is not None and subject is not None:
        about["property"] = statements.text(target, "rdf:predicate")
        about["value"] = statements.text(target, "rdf:object")
    return Meaning(Kind.CORRECTION, activity, sender, about, quads)


def _list_values(statements: Statements, thing: Term, name: str) -> Iterator[str]:
    for each in sorted(statements.values(thing, name), key=str):
        if not isinstance(each, BlankNode):
            yield each.value
