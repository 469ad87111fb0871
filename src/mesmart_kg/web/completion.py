"""What the editor of queries offers while one writes: prefixes, classes and properties of the release.

Only what the data use is offered, the most used first, from the figures of the release, which are also those
of its VoID description; each with its names in both languages, so that a person finds ``org:member`` by
“membro”. It says nothing about single things: those are searched for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from mesmart_kg.namespaces import PREFIXES
from mesmart_kg.web.results import shorten

if TYPE_CHECKING:
    from mesmart_kg.release import Release

FindName: TypeAlias = "Callable[[str, str], str]"
"""The name of a class or property (its IRI) in a language; its prefixed name where it has none."""

_LANGUAGES: Final = ("it", "en")


def to_completion(release: Release, base_iri: str, find_name: FindName) -> dict[str, Any]:
    """Return what can be offered, as it is sent to the editor.

    Prefixes (name to namespace), the base, ``classes`` and ``properties``, each a list of
    ``{"name", "iri", "count", "label": {language: words}}``; ``name`` is missing where no prefix fits.
    """
    figures = release.manifest.figures
    return {
        "base": base_iri,
        "prefixes": dict(PREFIXES),
        "classes": _describe(figures.get("classes", {}), find_name),
        "properties": _describe(figures.get("properties", {}), find_name),
    }


def _describe(counts: Mapping[str, int], find_name: FindName) -> list[dict[str, Any]]:
    ordered = sorted(counts.items(), key=lambda each: (-each[1], each[0]))
    return [_describe_term(iri, count, find_name) for iri, count in ordered]


def _describe_term(iri: str, count: int, find_name: FindName) -> dict[str, Any]:
    short = shorten(iri, PREFIXES)
    told: dict[str, Any] = {"iri": iri, "count": count}
    if short != iri:
        told["name"] = short
    names = {language: find_name(iri, language) for language in _LANGUAGES}
    label = {language: name for language, name in names.items() if name not in {short, iri}}
    if label:
        told["label"] = label
    return told
