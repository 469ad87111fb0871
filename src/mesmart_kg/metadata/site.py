"""Who publishes what, under which name and licence: the part of the settings that metadata are made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from mesmart_kg.namespaces import NAMESPACE, GraphNames

CC_BY: Final = "http://creativecommons.org/licenses/by/4.0/"
"""As DCAT-AP_IT names it; Creative Commons itself now writes https."""

NAME: Final = "city-communities"
"""What the dataset is called in its IRI, ``set/city-communities``: the same for every publisher."""

CATALOGUE: Final = "catalog"
"""What the catalogue is called in its IRI, beside the dataset."""


@dataclass(frozen=True)
class Site:
    """A publisher's own words. ``licence`` may be told with https; catalogues want it with http."""

    publisher: str
    publisher_identifier: str
    contact_name: str
    contact_email: str
    title_it: str
    title_en: str
    base: str = NAMESPACE
    contact_url: str = ""
    licence: str = CC_BY
    name: str = NAME
    has_inbox: bool = False

    @property
    def names(self) -> GraphNames:
        return GraphNames(self.base)

    @property
    def dataset(self) -> str:
        return f"{self.base}set/{self.name}"

    @property
    def catalogue(self) -> str:
        return f"{self.base}set/{CATALOGUE}"

    @property
    def endpoint(self) -> str:
        return f"{self.base}sparql"

    @property
    def inbox(self) -> str:
        return f"{self.base}inbox"

    @property
    def publisher_iri(self) -> str:
        return f"{self.base}id/agent/publisher"

    @property
    def contact_iri(self) -> str:
        return f"{self.base}id/agent/contact"

    @property
    def licence_iri(self) -> str:
        """The licence as DCAT-AP_IT asks for it: the http form of the Creative Commons IRI."""
        https = "https://creativecommons.org/"
        return self.licence.replace(https, "http://creativecommons.org/", 1)
