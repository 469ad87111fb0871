"""The part of a description that a catalogue of catalogues harvests: DCAT, without what only editors read.

Harvesters take every ``dcat:Dataset`` of a document for one to list. So it holds the one dataset, and not its
releases; nor VoID's partitions, the example queries and the measures of quality, which are found where the
dataset itself is described. Every node that is named is described, as far as the description does so.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from mesmart_kg.namespaces import PREFIXES, expand
from mesmart_kg.store import NamedNode

if TYPE_CHECKING:
    from mesmart_kg.store import Triple

__all__ = ["select_catalogue"]

_LEFT_OUT: Final = tuple(PREFIXES[name] for name in ("void", "void-ext", "dqv", "sh", "sd"))
_VERSIONS: Final = expand("dcat:hasVersion")


def select_catalogue(triples: Iterable[Triple], catalogue: str) -> tuple[Triple, ...]:
    """Return what a description says of a catalogue and of all that it leads to, in its own order."""
    told: dict[str, list[Triple]] = {}
    for triple in triples:
        predicate = triple.predicate.value
        is_told = predicate != _VERSIONS and not predicate.startswith(_LEFT_OUT)
        if is_told and isinstance(triple.subject, NamedNode):
            told.setdefault(triple.subject.value, []).append(triple)
    reached: dict[str, None] = {}
    ahead = [catalogue]
    while ahead:
        name = ahead.pop()
        if name in told and name not in reached:
            reached[name] = None
            ahead += [each.object.value for each in told[name] if isinstance(each.object, NamedNode)]
    return tuple(triple for name, said in told.items() if name in reached for triple in said)
