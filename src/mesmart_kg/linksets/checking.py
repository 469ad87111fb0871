"""Looking at a set of links: what it says, whether it keeps to the shape, whether it can stand beside ours.

SHACL tells whether the description is whole. What it can't tell is looked at here: that the file holds one
description and links and nothing else; that one side of every link is ours and exists in the release at hand;
that no thing of theirs is two of ours; that nothing contradicts a link that is held already.

A link is kept as leading from their thing to ours. One that was given the other way round is turned, and says
the same (SKOS, section 10: exact, close and related matches are symmetric, broad and narrow each other's
inverse).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Final

from mesmart_kg.linksets.model import EXACT, LONGEST_TEXT, PREDICATES, Link
from mesmart_kg.linksets.reading import Told, find_flaw, read_told
from mesmart_kg.namespaces import compact, expand
from mesmart_kg.store import BlankNode, Literal, NamedNode, Quad, canonical_literal

if TYPE_CHECKING:
    from rdflib import Graph

    from mesmart_kg.validation import Report

Held = Callable[[str], Iterable[tuple[str, str]]]
"""From a foreign IRI to our things that are linked to it, each with the relation, such as
``skos:exactMatch``."""

MOST_PROBLEMS: Final = 50
"""Problems that are told one by one: who reads more is helped no better."""

_TYPE: Final = NamedNode(expand("rdf:type"))
_LINKSET: Final = NamedNode(expand("void:Linkset"))
_SUBJECTS, _OBJECTS = NamedNode(expand("void:subjectsTarget")), NamedNode(expand("void:objectsTarget"))
_PREDICATE, _TRIPLES = NamedNode(expand("void:linkPredicate")), NamedNode(expand("void:triples"))
_LICENCE, _SOURCE = NamedNode(expand("dcterms:license")), NamedNode(expand("dcterms:source"))
_ACCEPTED, _CREDIT = NamedNode(expand("dcterms:dateAccepted")), NamedNode(expand("schema:creditText"))
_DAY: Final = NamedNode(expand("xsd:date"))
_NUMBER: Final = NamedNode(expand("xsd:integer"))
_OF_SETS: Final = frozenset(
    expand(name)
    for name in (
        "rdf:type",
        *("dcterms:title", "dcterms:description", "dcterms:publisher", "dcterms:creator"),
        *("dcterms:contributor", "dcterms:license", "dcterms:rights", "dcterms:source", "dcterms:created"),
        *("dcterms:issued", "dcterms:modified", "dcterms:dateAccepted", "schema:creditText"),
        *("void:subjectsTarget", "void:objectsTarget", "void:linkPredicate", "void:triples"),
        *("void:dataDump", "foaf:homepage"),
    )
)
"""What may be said of a set of links."""

_SAME: Final = frozenset({"skos:exactMatch", "owl:sameAs", "schema:sameAs"})


@dataclass(frozen=True)
class Given:
    """What a curator says of a set beside what is in the file; it takes the place of what the file says.

    ``credit`` is a text, ``licence`` an IRI, ``source`` the address that the file came from, ``day`` that on
    which it was taken in.
    """

    credit: str = ""
    licence: str = ""
    source: str = ""
    day: date | None = None


@dataclass(frozen=True, order=True)
class Problem:
    """Why a set can't be taken in, and what to do; ``line`` is 0 where it is no line's fault."""

    line: int
    message: str


@dataclass(frozen=True)
class Examined:
    """A set of links that was looked at.

    ``links`` and ``description`` are sorted and in the form in which they are written; ``iri`` is empty
    where the file describes no set. ``problems`` and the violations of ``report`` each forbid to take it in;
    ``notes`` are worth a look.
    """

    name: str
    iri: str
    links: tuple[Link, ...]
    description: tuple[Quad, ...]
    report: Report = field(repr=False)
    problems: tuple[Problem, ...] = ()
    notes: tuple[Problem, ...] = ()

    @property
    def is_acceptable(self) -> bool:
        return not self.problems and not self.report.violations

    def told(self, predicate: str) -> tuple[Literal | NamedNode, ...]:
        """Return what the description says by a property, a prefixed name."""
        named = NamedNode(expand(predicate))
        found = (quad.object for quad in self.description if quad.predicate == named)
        return tuple(each for each in found if isinstance(each, Literal | NamedNode))


def examine(
    data: bytes,
    base_iri: str,
    name: str,
    known: Callable[[str], bool],
    shapes: Graph,
    *,
    held: Held | None = None,
    previous: Collection[Link] = (),
    given: Given = Given(),
) -> Examined:
    """Return a set of links, given as a file's bytes, with all that is wrong with it.

    ``known`` tells whether a thing of ours exists; ``held`` what a foreign IRI is linked to already;
    ``previous`` are the links that were taken in under the same name before, which this set replaces.
    ``shapes`` hold ``shapes/linkset.ttl``. Raises FactError for a file that can't be read at all.
    """
    work = _Work(base_iri, known)
    for told in read_told(data, name):
        work.take(told)
    work.compare_links(held, frozenset(previous))
    description = work.describe(given)
    # The shapes speak of the set alone; of its links, hostile ones would keep a validator for hours.
    from mesmart_kg.validation import validate_quads  # a validator's weight, once links are there

    report = validate_quads(description, shapes, f"{base_iri}report/linkset")
    problems = sorted(work.problems)
    if len(problems) > MOST_PROBLEMS:
        more = Problem(0, f"and {len(problems) - MOST_PROBLEMS:,} more of the kind")
        problems = [*problems[:MOST_PROBLEMS], more]
    return Examined(
        name,
        work.iri,
        tuple(sorted(work.links)),
        tuple(sorted(description, key=str)),
        report,
        tuple(problems),
        tuple(sorted(work.notes)[:MOST_PROBLEMS]),
    )


class _Work:
    """What is known of a set so far; made for one look at it."""

    def __init__(self, base_iri: str, known: Callable[[str], bool]) -> None:
        self._things = f"{base_iri}id/"
        self._base = base_iri
        self._known = known
        self.links: dict[Link, int] = {}
        self.problems: list[Problem] = []
        self.notes: list[Problem] = []
        self._of_sets: list[Told] = []

    def object_to(self, line: int, message: str) -> None:
        self.problems.append(Problem(line, message))

    # --- statement by statement ---

    def take(self, told: Told) -> None:
        """Sort a statement: a link, a part of the description, or what has no place here."""
        quad, line = told.quad, told.line
        subject, value, predicate = quad.subject, quad.object, quad.predicate.value
        if isinstance(subject, BlankNode) or isinstance(value, BlankNode):
            self.object_to(line, "a blank node: everything in a set of links has an IRI")
        elif not isinstance(subject, NamedNode) or not isinstance(value, NamedNode | Literal):
            self.object_to(line, "a statement about a statement (RDF 1.2): a set holds plain links")
        elif predicate in PREDICATES:
            self._take_link(line, subject.value, predicate, value)
        elif predicate in _OF_SETS:
            self._of_sets.append(told)
        elif predicate == expand("owl:sameAs"):
            self.object_to(
                line, "owl:sameAs makes two things one in every respect: say skos:exactMatch for a match"
            )
        else:
            self.object_to(
                line,
                f"{_shorten(compact(predicate))} is neither a link nor part of the description: leave it out",
            )

    def _take_link(self, line: int, subject: str, predicate: str, value: NamedNode | Literal) -> None:
        if isinstance(value, Literal):
            self.object_to(line, "a link leads to a text: it leads from one IRI to another")
            return
        ends = subject, value.value
        flaws = [f"{_shorten(end)}: {flaw}" for end in ends if (flaw := find_flaw(end))]
        own = [end.startswith(self._things) for end in ends]
        if flaws:
            self.object_to(line, flaws[0])
        elif all(own):
            self.object_to(line, "both sides of the link are ours: one of them should be yours")
        elif not any(own):
            self.object_to(line, f"neither side of the link is ours: one begins with {self._things}")
        else:
            theirs, ours = (ends[1], ends[0]) if own[0] else ends
            turned = PREDICATES[predicate] if own[0] else predicate
            if theirs.startswith(self._base):
                self.object_to(line, f"{_shorten(theirs)} is under our own base, and names nothing of yours")
            elif not self._known(ours):
                self.object_to(
                    line, f"{_shorten(ours)} is not in the current release: look its name up, or leave it out"
                )
            else:
                self._add(Link(theirs, turned, ours), line)

    def _add(self, link: Link, line: int) -> None:
        if link in self.links:
            self.notes.append(Problem(line, f"{_shorten(link.theirs)}: the same link once more; kept once"))
        else:
            self.links[link] = line

    # --- link beside link ---

    def compare_links(self, held: Held | None, previous: frozenset[Link]) -> None:
        """Find links that contradict each other, or what is held."""
        pairs: dict[tuple[str, str], str] = {}
        exact: dict[str, str] = {}
        back: dict[str, str] = {}
        for link, line in self.links.items():
            before = pairs.setdefault((link.theirs, link.ours), link.predicate)
            if before != link.predicate:
                self.object_to(
                    line,
                    f"{_shorten(link.theirs)} is linked to the same thing both as {compact(before)} and as "
                    f"{compact(link.predicate)}: keep one",
                )
            if link.predicate != EXACT:
                continue
            same = exact.setdefault(link.theirs, link.ours)
            if same != link.ours:
                self.object_to(
                    line,
                    f"{_shorten(link.theirs)} can’t be exactly two things: {_shorten(same)} and "
                    f"{_shorten(link.ours)}",
                )
            other = back.setdefault(link.ours, link.theirs)
            if other != link.theirs:
                words = f"{_shorten(link.ours)} is matched exactly by two of theirs: {_shorten(other)} too"
                self.notes.append(Problem(line, words))
            if held is not None:
                self._compare_held(link, line, held, previous)

    def _compare_held(self, link: Link, line: int, held: Held, previous: frozenset[Link]) -> None:
        for iri, relation in held(link.theirs):
            stands = relation in _SAME and iri != link.ours
            if stands and Link(link.theirs, EXACT, iri) not in previous:
                self.object_to(
                    line,
                    f"{_shorten(link.theirs)} is {_shorten(iri)} by a link that we hold already: one of the "
                    "two is wrong",
                )

    # --- the description ---

    @property
    def iri(self) -> str:
        """The IRI of the set; empty if there is none, or more than one."""
        sets = {
            told.quad.subject.value
            for told in self._of_sets
            if told.quad.predicate == _TYPE
            and told.quad.object == _LINKSET
            and isinstance(told.quad.subject, NamedNode)
        }
        return sets.pop() if len(sets) == 1 else ""

    def describe(self, given: Given) -> tuple[Quad, ...]:
        """Return the description as it is to be written; without one, nothing."""
        iri = self.iri
        if not iri:
            self.object_to(
                0, "the file should describe exactly one set: <its IRI> a void:Linkset ; dcterms:title …"
            )
            return ()
        flaw = find_flaw(iri)
        if flaw:
            self.object_to(0, f"{_shorten(iri)}: {flaw}")
        elif iri.startswith(self._base):
            self.object_to(0, f"{_shorten(iri)} is under our own base: the set’s IRI should be the giver’s")
        if not self.links and not self.problems:
            self.object_to(0, "there is no link in it that could be taken in")
        kept = [quad for told in self._of_sets if (quad := self._keep(told, iri)) is not None]
        return tuple(self._complete(kept, NamedNode(iri), given))

    def _keep(self, told: Told, iri: str) -> Quad | None:
        quad, value = told.quad, told.quad.object
        if quad.subject != NamedNode(iri):
            name = compact(quad.predicate.value)
            self.object_to(
                told.line, f"{name} of something else than the set: a set of links tells only of itself"
            )
            return None
        if quad.predicate == _TYPE and value not in (_LINKSET, NamedNode(expand("void:Dataset"))):
            self.object_to(told.line, "the set is said to be more than a void:Linkset: leave that out")
            return None
        if isinstance(value, NamedNode) and quad.predicate != _TYPE and (flaw := find_flaw(value.value)):
            self.object_to(told.line, f"{_shorten(value.value)}: {flaw}")
            return None
        if isinstance(value, Literal):
            if _is_unfit(value.value):
                self.object_to(
                    told.line, "a text with signs that nobody sees, or of more than 2,000 characters"
                )
                return None
            try:
                value = canonical_literal(value)
            except ValueError as error:
                self.object_to(told.line, f"{error}: write that type")
                return None
        return Quad(quad.subject, quad.predicate, value)

    def _complete(self, kept: list[Quad], node: NamedNode, given: Given) -> Iterator[Quad]:
        self._check_claims(kept)
        replaced = {_TRIPLES, _PREDICATE}
        replaced |= {_ACCEPTED} if given.day else set()
        replaced |= {_LICENCE} if given.licence else set()
        replaced |= {_CREDIT} if given.credit else set()
        replaced |= {_SOURCE} if given.source else set()
        turned = any(
            quad.predicate == _SUBJECTS and str(quad.object).startswith(f"<{self._base}") for quad in kept
        )
        sides = {_SUBJECTS: _OBJECTS, _OBJECTS: _SUBJECTS} if turned else {}
        for quad in dict.fromkeys(kept):
            if quad.predicate not in replaced:
                yield Quad(node, sides.get(quad.predicate, quad.predicate), quad.object)
        for predicate in sorted({link.predicate for link in self.links}):
            yield Quad(node, _PREDICATE, NamedNode(predicate))
        yield Quad(node, _TRIPLES, Literal(str(len(self.links)), datatype=_NUMBER))
        if given.licence:
            yield Quad(node, _LICENCE, NamedNode(given.licence))
        if given.credit:
            yield Quad(node, _CREDIT, Literal(given.credit))
        if given.source:
            yield Quad(node, _SOURCE, NamedNode(given.source))
        if given.day:
            yield Quad(node, _ACCEPTED, Literal(given.day.isoformat(), datatype=_DAY))

    def _check_claims(self, kept: list[Quad]) -> None:
        """Compare what the set says of itself with what it holds: a file may have been cut on its way."""
        numbers = {str(quad.object.value) for quad in kept if quad.predicate == _TRIPLES}  # type: ignore[union-attr]
        if not self.problems and numbers and numbers != {str(len(self.links))}:
            told = " and ".join(sorted(numbers))
            self.object_to(
                0,
                f"the set says that it has {_shorten(told)} links (void:triples), and holds "
                f"{len(self.links)}: is the file whole?",
            )
        targets = {
            quad.predicate: str(quad.object).strip("<>")
            for quad in kept
            if quad.predicate in (_SUBJECTS, _OBJECTS)
        }
        if len(targets) == 2 and not any(each.startswith(self._base) for each in targets.values()):
            self.object_to(
                0, f"neither void:subjectsTarget nor void:objectsTarget is ours: one is {self._base}set/…"
            )


def _is_unfit(text: str) -> bool:
    hidden = any(unicodedata.category(sign) in ("Cc", "Cs") and sign not in "\n\t" for sign in text)
    return hidden or len(text) > LONGEST_TEXT


def _shorten(text: str, most: int = 160) -> str:
    shown = "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in text)
    return shown if len(shown) <= most else shown[:most] + "…"
