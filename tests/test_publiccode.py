"""publiccode.yml obeys the standard and agrees with the project.

No package of a registry carries the standard's validator or a schema that can be loaded: the schema in the
standard's own repository is a draft of version 0.1 with references that lead nowhere. So the rules of version
0.4 are written down here, from the text of the standard (https://yml.publiccode.tools), as a JSON Schema.
"""

from __future__ import annotations

import copy
import tomllib
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
import yaml

if TYPE_CHECKING:
    from pathlib import Path

TEXT = {"type": "string", "minLength": 1}
TEXTS = {"type": "array", "items": TEXT, "minItems": 1}
URL = {"type": "string", "pattern": "^https?://[^/ ]+"}
DATE = {"type": "string", "pattern": r"^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$"}
LANGUAGE = "^[a-z]{2,3}(-[A-Za-z0-9]{1,8})*$"
COUNTRIES = {"type": "array", "items": {"type": "string", "pattern": "^[a-z]{2}$"}}
DEPENDENCIES = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["name"],
        "additionalProperties": False,
        "properties": {
            "name": TEXT,
            "version": TEXT,
            "versionMin": TEXT,
            "versionMax": TEXT,
            "optional": {"type": "boolean"},
        },
    },
}
CATEGORIES = """
    accounting agile-project-management applicant-tracking application-development appointment-scheduling
    backup billing-and-invoicing blog budgeting business-intelligence business-process-management cad
    call-center-management cloud-management collaboration communications compliance-management
    contact-management content-management crm customer-service-and-support data-analytics data-collection
    data-visualization design design-system digital-asset-management digital-citizenship
    document-management donor-management e-commerce e-signature educational-content email-management
    email-marketing employee-management enterprise-project-management enterprise-social-networking erp
    event-management facility-management feedback-and-reviews-management financial-reporting
    fleet-management fundraising gamification geographic-information-systems grant-management
    graphic-design help-desk hr ide identity-management instant-messaging inventory-management
    it-asset-management it-development it-management it-security it-service-management
    knowledge-management learning-management-system marketing mind-mapping mobile-marketing
    mobile-payment network-management office online-booking online-community payment-gateway payroll
    predictive-analysis procurement productivity-suite project-collaboration project-management
    property-management real-estate-management remote-support resource-management sales-management seo
    service-desk social-media-management survey talent-management task-management taxes-management
    test-management time-management time-tracking translation video-conferencing video-editing
    visitor-management voip warehouse-management web-collaboration web-conferencing website-builder
    whistleblowing workflow-management
""".split()
SCOPES = """
    agriculture culture defence education emergency-services employment energy environment
    finance-and-economic-development foreign-affairs healthcare infrastructures justice local-authorities
    manufacturing research science-and-technology security society sport tourism transportation welfare
""".split()
SOFTWARE_TYPES = """
    standalone/mobile standalone/iot standalone/desktop standalone/web standalone/backend
    standalone/other addon library configurationFiles
""".split()

SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "additionalProperties": False,
    "required": [
        "publiccodeYmlVersion",
        "name",
        "url",
        "platforms",
        "categories",
        "developmentStatus",
        "softwareType",
        "description",
        "legal",
        "maintenance",
        "localisation",
    ],
    "properties": {
        "publiccodeYmlVersion": {"enum": ["0.4", "0.4.0"]},
        "name": TEXT,
        "applicationSuite": TEXT,
        "url": URL,
        "landingURL": URL,
        "isBasedOn": {"anyOf": [URL, {"type": "array", "items": URL}]},
        "softwareVersion": TEXT,
        "releaseDate": DATE,
        "logo": TEXT,
        "platforms": TEXTS,
        "categories": {"type": "array", "items": {"enum": CATEGORIES}, "minItems": 1, "uniqueItems": True},
        "usedBy": TEXTS,
        "roadmap": URL,
        "developmentStatus": {"enum": ["concept", "development", "beta", "stable", "obsolete"]},
        "softwareType": {"enum": SOFTWARE_TYPES},
        "intendedAudience": {
            "type": "object",
            "additionalProperties": False,
            "properties": {
                "countries": COUNTRIES,
                "unsupportedCountries": COUNTRIES,
                "scope": {"type": "array", "items": {"enum": SCOPES}},
            },
        },
        "description": {
            "type": "object",
            "minProperties": 1,
            "propertyNames": {"pattern": LANGUAGE},
            "additionalProperties": {
                "type": "object",
                "additionalProperties": False,
                "required": ["shortDescription", "longDescription", "features"],
                "properties": {
                    "localisedName": TEXT,
                    "shortDescription": {"type": "string", "minLength": 1, "maxLength": 150},
                    "longDescription": {"type": "string", "minLength": 150, "maxLength": 10_000},
                    "documentation": URL,
                    "apiDocumentation": URL,
                    "features": TEXTS,
                    "screenshots": TEXTS,
                    "videos": {"type": "array", "items": URL},
                    "awards": TEXTS,
                },
            },
        },
        "legal": {
            "type": "object",
            "additionalProperties": False,
            "required": ["license"],
            "properties": {"license": TEXT, "mainCopyrightOwner": TEXT, "repoOwner": TEXT},
        },
        "maintenance": {
            "type": "object",
            "additionalProperties": False,
            "required": ["type"],
            "properties": {
                "type": {"enum": ["internal", "contract", "community", "none"]},
                "contractors": {
                    "type": "array",
                    "minItems": 1,
                    "items": {"type": "object", "required": ["name", "until"]},
                },
                "contacts": {
                    "type": "array",
                    "minItems": 1,
                    "items": {
                        "type": "object",
                        "required": ["name"],
                        "additionalProperties": False,
                        "properties": {"name": TEXT, "email": TEXT, "phone": TEXT, "affiliation": TEXT},
                    },
                },
            },
            "allOf": [
                {
                    "if": {"properties": {"type": {"enum": ["internal", "community"]}}},
                    "then": {"required": ["contacts"]},
                },
                {
                    "if": {"properties": {"type": {"const": "contract"}}},
                    "then": {"required": ["contractors"]},
                },
            ],
        },
        "localisation": {
            "type": "object",
            "additionalProperties": False,
            "required": ["localisationReady", "availableLanguages"],
            "properties": {
                "localisationReady": {"type": "boolean"},
                "availableLanguages": {
                    "type": "array",
                    "minItems": 1,
                    "items": {"type": "string", "pattern": LANGUAGE},
                },
            },
        },
        "dependsOn": {
            "type": "object",
            "additionalProperties": False,
            "properties": dict.fromkeys(("open", "proprietary", "hardware"), DEPENDENCIES),
        },
        "it": {
            "type": "object",
            "required": ["countryExtensionVersion"],
            "properties": {
                "countryExtensionVersion": {"enum": ["0.2", "1.0"]},
                "riuso": {
                    "type": "object",
                    "properties": {"codiceIPA": {"type": "string", "pattern": "^[a-z0-9_]+$"}},
                },
            },
        },
    },
}


def problems(description: dict[str, Any]) -> list[str]:
    """Return where and how the description breaks the standard."""
    validator = jsonschema.Draft202012Validator(SCHEMA)
    return sorted(f"{error.json_path}: {error.message}" for error in validator.iter_errors(description))


@pytest.fixture(scope="module")
def publiccode(project: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((project / "publiccode.yml").read_text("utf-8"))
    return loaded


def test_publiccode_obeys_the_standard(publiccode: dict[str, Any]) -> None:
    assert problems(publiccode) == []


def test_a_missing_key_or_a_foreign_word_is_noticed(publiccode: dict[str, Any]) -> None:
    """The rules are strict enough to be worth running."""
    without_licence = copy.deepcopy(publiccode)
    del without_licence["legal"]["license"]
    odd_category = {**publiccode, "categories": ["smart-city"]}
    misspelt_key = {**publiccode, "releaseDay": "2026-11-22"}
    nobody = {**publiccode, "maintenance": {"type": "community"}}

    assert any("'license' is a required property" in each for each in problems(without_licence))
    assert any(each.startswith("$.categories[0]") for each in problems(odd_category))
    assert any("releaseDay" in each for each in problems(misspelt_key))
    assert any("'contacts' is a required property" in each for each in problems(nobody))


def test_publiccode_agrees_with_the_project(publiccode: dict[str, Any], project: Path) -> None:
    pyproject = tomllib.loads((project / "pyproject.toml").read_text("utf-8"))
    site = pyproject["tool"]["mesmart"]["site"]

    assert publiccode["name"] == pyproject["project"]["name"]
    assert publiccode["softwareVersion"] == pyproject["project"]["version"]
    assert publiccode["legal"]["license"] == pyproject["project"]["license"]
    assert publiccode["legal"]["repoOwner"] == pyproject["project"]["authors"][0]["name"]
    assert publiccode["landingURL"] == site["base_iri"]
    assert f"## {publiccode['softwareVersion']} — {publiccode['releaseDate']}" in (
        project / "CHANGELOG.md"
    ).read_text("utf-8")
    assert (
        set(publiccode["description"])
        == set(publiccode["localisation"]["availableLanguages"])
        == {"it", "en"}
    )
