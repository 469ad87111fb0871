"""A project of two towns, small enough to hold in the head: ``tests/data/town``."""

from __future__ import annotations

import shutil
from pathlib import Path

from mesmart_kg.config import Config, Paths, Site

_TOWN = Path(__file__).parent / "data" / "town"


def copy_town(folder: Path) -> Config:
    """Copy the project into an empty folder, to build or to break it; return its settings."""
    shutil.copytree(_TOWN, folder, dirs_exist_ok=True)
    return configure_town(folder)


def configure_town(folder: Path) -> Config:
    """Return the settings of a copy of the project; releases go to ``releases`` in it, no work is kept."""
    return Config(
        site=Site(
            publisher="Lega",
            publisher_identifier="lega",
            contact_name="Lega",
            contact_email="lega@example.org",
        ),
        paths=Paths(
            ontology=folder / "ontology",
            data=folder / "data",
            shapes=folder / "shapes",
            queries=folder / "queries",
            releases=folder / "releases",
            work=None,
        ),
    )
