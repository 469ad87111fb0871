"""A link, and the limits of a set of them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from mesmart_kg.namespaces import expand

LARGEST: Final = 10 * 1024 * 1024
"""Bytes of a file of links."""

MOST_LINKS: Final = 100_000
"""Links of one set: more are another catalogue, and come as one."""

LONGEST_IRI: Final = 1000
LONGEST_TEXT: Final = 2000

PREDICATES: Final = MappingProxyType(
    {
        expand("skos:exactMatch"): expand("skos:exactMatch"),
        expand("skos:closeMatch"): expand("skos:closeMatch"),
        expand("skos:relatedMatch"): expand("skos:relatedMatch"),
        expand("skos:broadMatch"): expand("skos:narrowMatch"),
        expand("skos:narrowMatch"): expand("skos:broadMatch"),
    }
)
"""What a link may say, and what the same link says when it is read the other way round (SKOS, section 10)."""

EXACT: Final = expand("skos:exactMatch")

_NAME: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_LONGEST_NAME: Final = 60


def is_name(text: str) -> bool:
    """Tell whether a set of links may be called so: small letters, digits, hyphens between."""
    return len(text) <= _LONGEST_NAME and _NAME.fullmatch(text) is not None


@dataclass(frozen=True, order=True)
class Link:
    """A link from a thing of theirs to one of ours."""

    theirs: str
    predicate: str
    ours: str
