"""Names of things, read from the dumps of releases themselves.

A thing that was removed has its name in the older release only, and neither release need be the one that is
served: so no index of names would do, and the dumps do.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from mesmart_kg.changes.merge import open_dump
from mesmart_kg.dumps.lines import read_literal
from mesmart_kg.errors import ReleaseDamaged
from mesmart_kg.labels import Name
from mesmart_kg.namespaces import expand

if TYPE_CHECKING:
    from mesmart_kg.release import Release

NAME_RANKS: Final[Mapping[bytes, int]] = MappingProxyType(
    {
        f"<{expand(name)}>".encode(): rank
        for rank, name in enumerate(
            ("skos:prefLabel", "rdfs:label", "dcterms:title", "foaf:name", "schema:name", "skos:altLabel")
        )
    }
)
"""Properties that give a name, to their rank: names by the first that a thing has are its names."""

LONGEST_NAME: Final = 200


def best_names(names: Iterable[tuple[int, Name]]) -> tuple[Name, ...]:
    """Return the names of the lowest rank, in order and each once."""
    ranked = sorted({(rank, name.value, name.language or "") for rank, name in names})
    return tuple(Name(value, language or None) for rank, value, language in ranked if rank == ranked[0][0])


def find_names(releases: Iterable[Release], iris: Collection[str]) -> dict[str, tuple[Name, ...]]:
    """Return the names of things by the first of the releases that has any; one without a name is left out.

    One pass over the dump of each release; only names of ``iris`` are kept. Raises ReleaseDamaged.
    """
    wanted = {f"<{iri}>".encode(): iri for iri in iris}
    found: dict[str, tuple[Name, ...]] = {}
    for release in releases:
        ranked: dict[str, set[tuple[int, Name]]] = {}
        try:
            with open_dump(release.dataset_nquads) as lines:
                for line in lines:
                    subject, predicate, rest = line.split(b" ", 2)
                    if predicate in NAME_RANKS and subject in wanted and rest.startswith(b'"'):
                        term = rest[:-3].rpartition(b" ")[0].decode()
                        value, language, _ = read_literal(term)
                        name = Name(value[:LONGEST_NAME], language or None)
                        ranked.setdefault(wanted[subject], set()).add((NAME_RANKS[predicate], name))
        except (OSError, EOFError) as error:
            raise ReleaseDamaged(f"the dumps of the release {release.id} can't be read: {error}") from error
        for iri, names in ranked.items():
            found.setdefault(iri, best_names(names))
    return dict(sorted(found.items()))
