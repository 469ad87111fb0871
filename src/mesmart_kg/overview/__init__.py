"""What pages tell of all the data at once: members on a map, growth, years, shared members.

Each module asks an engine and returns frozen values that hold IRIs and no names, so that one answer serves
readers of every language: ``members`` (cities with their communities and places), ``growth`` (published
totals beside named members), ``chronicle`` (events and accessions), ``shared`` (who has members in common),
``evidence`` (one city's communities, and who says so). Names are for ``label_index``, pages for ``web``.

A query that is published with the release is asked as it stands there, so that a page can lead to it; the
others are constants here. Data without communities, events or counts give empty values, never errors.
"""

from __future__ import annotations

from mesmart_kg.overview.chronicle import Chronicle, Happening, name_members, read_chronicle, read_events
from mesmart_kg.overview.evidence import Belonging, Belongings, read_belongings
from mesmart_kg.overview.growth import Growth, read_growth
from mesmart_kg.overview.members import Members, Tie, Town, read_members
from mesmart_kg.overview.shared import Pair, Sharing, read_sharing

__all__ = [
    "Belonging",
    "Belongings",
    "Chronicle",
    "Growth",
    "Happening",
    "Members",
    "Pair",
    "Sharing",
    "Tie",
    "Town",
    "name_members",
    "read_belongings",
    "read_chronicle",
    "read_events",
    "read_growth",
    "read_members",
    "read_sharing",
]
