"""What an application publishes: one release, its engine, the shelf it came from, the settings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

from flask import Flask, current_app

if TYPE_CHECKING:
    from mesmart_kg.catalog import Catalog
    from mesmart_kg.config import Config
    from mesmart_kg.engine import Engine
    from mesmart_kg.glossary import Glossary
    from mesmart_kg.label_index import LabelIndex
    from mesmart_kg.queries import NamedQuery
    from mesmart_kg.release import Release

OpenEngine: TypeAlias = "Callable[..., Engine]"

_KEY: Final = "mesmart"


@dataclass(frozen=True)
class Publication:
    """The release that is served, with all that the views need to answer about it."""

    config: Config
    catalog: Catalog
    release: Release
    engine: Engine
    queries: tuple[NamedQuery, ...]
    open_engine: OpenEngine
    glossary: Glossary
    index: LabelIndex

    def close(self) -> None:
        """Close what was opened to be published; closing twice does nothing."""
        self.engine.close()
        self.index.close()


def attach(app: Flask, publication: Publication) -> None:
    """Give an application what it publishes."""
    app.extensions[_KEY] = publication


def published() -> Publication:
    """Return what the present application publishes."""
    return publication_of(current_app)


def publication_of(app: Flask) -> Publication:
    """Return what an application publishes, outside of a request."""
    publication: Publication = app.extensions[_KEY]
    return publication
