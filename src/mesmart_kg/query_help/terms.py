"""The terms that the data use, and the nearest ones to a name that they don't."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from mesmart_kg.namespaces import NAMESPACE, PREFIXES, compact
from mesmart_kg.query_help.parsing import Node, Reading
from mesmart_kg.query_help.tokens import Token

RDF_TYPE: Final = PREFIXES["rdf"] + "type"
LONGEST_NAME: Final = 200
"""Characters of a name beyond which none is near: comparing takes the product of both lengths."""

MOST_UNKNOWN: Final = 8
"""Unknown terms that are looked for in one query: each is compared with all that are known."""

_NEAR: Final = 0.72


@dataclass(frozen=True)
class KnownTerms:
    """The classes and properties in use, as IRIs, each with how often."""

    classes: Mapping[str, int]
    properties: Mapping[str, int]

    def names(self, kind: str) -> Mapping[str, int]:
        """Return those of one kind: ``class`` or ``property``."""
        return self.classes if kind == "class" else self.properties


@dataclass(frozen=True)
class UnknownTerm:
    """A class or property that the data don't use: as typed, its IRI, its place, the nearest in use.

    ``kind`` is ``class`` or ``property``; ``nearest`` are IRIs, best first, three at most.
    """

    kind: str
    text: str
    iri: str
    start: int
    nearest: tuple[str, ...]

    @property
    def suggestions(self) -> tuple[str, ...]:
        """Return the nearest as one writes them in a query."""
        return tuple(compact(iri) for iri in self.nearest)


def find_nearest(iri: str, known: Iterable[str], most: int = 3) -> tuple[str, ...]:
    """Return the IRIs nearest to one by their last part, then as a whole; best first."""
    if len(iri) > LONGEST_NAME:
        return ()
    local = _local(iri)
    scored = []
    for other in known:
        other_local = _local(other)
        by_name = _likeness(local.casefold(), other_local.casefold())
        by_iri = _likeness(iri.casefold(), other.casefold())
        # A wrong namespace with the right name, and a whole that differs in a sign or two, are both near.
        if by_name >= _NEAR or by_iri >= 0.95:
            # Of equals, our own term: it is the one described here.
            scored.append((-max(by_name, by_iri), not other.startswith(NAMESPACE), -by_iri, other))
    return tuple(each[-1] for each in sorted(scored)[:most])


def find_unknown(reading: Reading, known: KnownTerms) -> tuple[UnknownTerm, ...]:
    """Return the classes and properties of a query that the data do not use, in the order of the text.

    Only in the default graph: what stands within GRAPH or SERVICE is left out, and a query with FROM.
    """
    if reading.tree is None or any(node.name == "Dataset" for node in reading.tree.walk()):
        return ()
    names = Names(reading)
    found: dict[str, UnknownTerm] = {}
    waiting = [reading.tree]
    while waiting and len(found) < MOST_UNKNOWN:
        node = waiting.pop()
        if node.name in {"Graph", "Service", "Template"}:
            continue
        waiting.extend(reversed(node.nodes()))
        for kind, token in _terms_of(node, names):
            iri = names.resolve(token)
            if iri is not None and iri not in found and iri not in known.names(kind):
                nearest = find_nearest(iri, known.names(kind))
                found[iri] = UnknownTerm(kind, token.text, iri, token.start, nearest)
    return tuple(found.values())


def _terms_of(node: Node, names: Names) -> Iterable[tuple[str, Token]]:
    """Yield the properties of the verbs of a list, and the classes that follow ``a``."""
    if node.name not in {"PropertiesPath", "Properties"}:
        return
    verbs = node.nodes("VerbPath", "Verb")
    for verb, objects in zip(verbs, node.nodes("ObjectsPath", "Objects"), strict=False):
        tokens = list(verb.all_tokens())
        for token in tokens:
            if token.kind in {"IRIREF", "PNAME_LN", "PNAME_NS"}:
                yield "property", token
        if len(tokens) == 1 and (tokens[0].kind == "a" or names.resolve(tokens[0]) == RDF_TYPE):
            for each in objects.nodes():
                for token in each.tokens("IRIREF", "PNAME_LN", "PNAME_NS"):
                    yield "class", token


class Names:
    """The prefixes that a query declares; names to IRIs."""

    def __init__(self, reading: Reading) -> None:
        self.prefixes: dict[str, str] = {}
        self.has_base = False
        tokens = reading.tokens
        for index, token in enumerate(tokens[:-1]):
            if token.kind == "BASE":
                self.has_base = True
            elif token.kind == "PREFIX" and index + 2 < len(tokens):
                self.prefixes[tokens[index + 1].text[:-1]] = tokens[index + 2].text[1:-1]

    def resolve(self, token: Token) -> str | None:
        """Return the absolute IRI of a token; None if it is none, or relative."""
        if token.kind == "IRIREF":
            return token.text[1:-1] if is_absolute(token.text[1:-1]) else None
        prefix, colon, local = token.text.partition(":")
        if not colon or prefix not in self.prefixes or not is_absolute(self.prefixes[prefix]):
            return None
        return self.prefixes[prefix] + re.sub(r"\\(.)", r"\1", local)


def is_absolute(iri: str) -> bool:
    """Tell whether an IRI begins with a scheme."""
    return re.match(r"[A-Za-z][A-Za-z0-9+.\-]*:", iri) is not None


def _local(iri: str) -> str:
    return iri[max(iri.rfind(sign) for sign in "/#:") + 1 :]


def _likeness(one: str, other: str) -> float:
    if not one or not other:
        return 0.0
    if one == other:
        return 1.0
    matcher = difflib.SequenceMatcher(None, one, other, autojunk=False)
    return matcher.ratio() if matcher.real_quick_ratio() >= _NEAR and matcher.quick_ratio() >= _NEAR else 0.0
