"""What the service says of itself, in the words of each version.

Most members are in both; ``suggest``, ``view`` and ``extend`` mean other things, so there are two manifests,
and ``versions`` tells in each that there is another (``versions``).
"""

from __future__ import annotations

from importlib.metadata import version as version_of
from typing import Any, Final

from mesmart_kg.namespaces import expand
from mesmart_kg.web.assets import asset_url
from mesmart_kg.web.languages import language, translate
from mesmart_kg.web.links import absolute
from mesmart_kg.web.publication import published
from mesmart_kg.web.reconciling.kinds import list_types, space
from mesmart_kg.web.reconciling.versions import Version

WIDTH: Final = 420
HEIGHT: Final = 260
"""Pixels of a preview."""

_SCHEMA: Final = expand("cc:")
_SERVICE: Final = "/reconcile"


def write_manifest(version: Version) -> dict[str, Any]:
    """Return the manifest of a version, in the reader's language."""
    here = published()
    site = here.config.site
    title = site.title_it if language() == "it" else site.title_en
    endpoint = absolute(_SERVICE)
    types = [{"id": each.id, "name": each.name} for each in list_types() if each.is_common]
    told: dict[str, Any] = {
        "versions": [each.value for each in Version],
        "name": translate("Preview") if here.release.is_preview else title,
        "documentation": endpoint,
        "logo": absolute(asset_url("icon.svg")),
        "serviceVersion": f"{version_of('mesmart_kg')}, {here.release.id}",
        "defaultTypes": types,
        "batchSize": here.config.web.reconcile_queries,
    }
    return told | (_final(endpoint) if version is Version.FINAL else _draft(endpoint))


def _final(endpoint: str) -> dict[str, Any]:
    def suggest(what: str) -> dict[str, str]:
        return {
            "service_url": endpoint,
            "service_path": f"/suggest/{what}",
            "flyout_service_url": endpoint,
            "flyout_service_path": f"/flyout/{what}?id=${{id}}",
        }

    return {
        "identifierSpace": space(),
        "schemaSpace": _SCHEMA,
        "view": {"url": absolute("/id/") + "{{id}}"},
        "feature_view": {"url": f"{endpoint}#feature-{{{{id}}}}"},
        "preview": {"url": f"{endpoint}/preview?id={{{{id}}}}", "width": WIDTH, "height": HEIGHT},
        "suggest": {what: suggest(what) for what in ("entity", "type", "property")},
        "extend": {
            "propose_properties": {"service_url": endpoint, "service_path": "/extend/propose"},
            "property_settings": [
                {_FINAL_NAMES.get(key, key): value for key, value in each.items()} for each in _settings()
            ],
        },
    }


def _draft(endpoint: str) -> dict[str, Any]:
    return {
        "lang": language(),
        "dir": "ltr",
        # The id holds a slash, which stays one (RFC 6570, section 3.2.3).
        "view": {"url": absolute("/id/") + "{+id}"},
        "featureView": {"url": f"{endpoint}#feature-{{id}}"},
        "preview": {"width": WIDTH, "height": HEIGHT},
        "suggest": {"entity": True, "type": True, "property": True},
        "extend": {"proposeProperties": True, "propertySettings": _settings()},
        "standardizedScore": True,
    }


_FINAL_NAMES: Final = {"id": "name", "name": "label", "helpText": "help_text"}
"""What 0.2 calls the members of a setting."""


def _settings() -> list[dict[str, Any]]:
    """Return the settings of a property, as the draft writes them."""
    return [
        {
            "id": "limit",
            "type": "number",
            "name": translate("How many values at most"),
            "helpText": translate("0 for all of them."),
            "default": 0,
        },
        {
            "id": "offset",
            "type": "number",
            "name": translate("How many values to leave out first"),
            "helpText": translate("To go on where an earlier column ended."),
            "default": 0,
        },
        {
            "id": "content",
            "type": "select",
            "name": translate("Things are told by"),
            "helpText": translate("With the first, a cell stays linked to the thing."),
            "default": "name",
            "choices": [
                {"value": "name", "name": translate("their name, linked")},
                {"value": "literal", "name": translate("their name, as plain text")},
                {"value": "id", "name": translate("their web address, as plain text")},
            ],
        },
        {
            "id": "language",
            "type": "text",
            "name": translate("Language of names and texts"),
            "helpText": translate("Two letters such as “it”; “all” for every language; empty for yours."),
            "default": "",
        },
        {
            "id": "close",
            "type": "select",
            "name": translate("Wikidata and GeoNames codes of what is only close to it"),
            "helpText": translate("Such as the inhabited place in GeoNames beside the municipality."),
            "default": "rather",
            "choices": [
                {"value": "rather", "name": translate("where there is none of its own")},
                {"value": "always", "name": translate("always")},
                {"value": "never", "name": translate("never")},
            ],
        },
    ]
