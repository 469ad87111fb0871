"""Names and addresses of what is published: the dataset, a release of it, and the headers that tell of them.

An IRI names a thing under the base; an address is where this site shows it. The site's own address is the
setting ``web.public_url``; without it, addresses are paths, which hold on whatever host was asked.

Specifications: RFC 8288 (Link), RFC 9110, section 8.8.2 (Last-Modified).
"""

from __future__ import annotations

from datetime import UTC, datetime, time
from email.utils import format_datetime
from typing import TYPE_CHECKING, Final

from werkzeug.urls import iri_to_uri

from mesmart_kg.metadata.site import CATALOGUE, NAME

if TYPE_CHECKING:
    from mesmart_kg.config import Config
    from mesmart_kg.release import Release
    from mesmart_kg.web.publication import Publication

__all__ = [
    "CATALOGUE",
    "NAME",
    "dataset_iri",
    "last_modified",
    "release_iri",
    "release_link",
    "release_path",
]

RELATIONS: Final = "describedby http://www.w3.org/ns/prov#wasDerivedFrom"
"""What a release is to an answer: it is described there, and was drawn from it (PROV-O)."""


def dataset_iri(config: Config) -> str:
    """Return the IRI of the dataset, whatever its release."""
    return f"{config.site.base_iri}set/{NAME}"


def release_iri(config: Config, release: Release) -> str:
    """Return the IRI of one release of the dataset."""
    return f"{dataset_iri(config)}/{release.id}"


def release_path(release: Release) -> str:
    """Return the path at which this site describes a release, without a leading slash."""
    return f"set/{NAME}/{release.id}"


def release_link(publication: Publication, release: Release | None = None) -> str:
    """Return the Link header of an answer: the release that it came from, by default the one served."""
    root = iri_to_uri(publication.config.web.public_url) or "/"
    return f'<{root}{release_path(release or publication.release)}>; rel="{RELATIONS}"'


def last_modified(release: Release, now: datetime | None = None) -> str:
    """Return the Last-Modified header of an answer: midnight of the day of the data, in UTC.

    Never later than ``now``, by default the present moment, as the specification wants. Two releases may be
    of one day, so nothing may be called unchanged by this date alone: that is for the entity tag to say.
    """
    day = datetime.combine(release.day, time(), UTC)
    return format_datetime(min(day, now or datetime.now(UTC)), usegmt=True)
