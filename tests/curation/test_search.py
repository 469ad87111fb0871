"""Searches that people make of the real data, and what each finds first."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from mesmart_kg.label_index import LabelIndex, open_index
from mesmart_kg.namespaces import NAMESPACE
from mesmart_kg.release import Release

FIRST = {
    # cities, by their names in several languages, with and without accents
    "Messina": "city/it-messina",
    "MESSINA": "city/it-messina",
    "messi": "city/it-messina",
    "Forli": "city/it-forli",
    "forlì": "city/it-forli",
    "Wien": "city/at-wien",
    "Vienna": "city/at-wien",
    "Gent": "city/be-gent",
    "Ghent": "city/be-gent",
    "Gand": "city/be-gent",
    "Kobenhavn": "city/dk-kobenhavn",
    "København": "city/dk-kobenhavn",
    "Copenaghen": "city/dk-kobenhavn",
    "malaga": "city/es-malaga",
    "Málaga": "city/es-malaga",
    "Istanbul": "city/tr-istanbul",
    "İstanbul": "city/tr-istanbul",
    "iasi": "city/ro-iasi",
    "Lisbona": "city/pt-lisboa",
    "Lisboa": "city/pt-lisboa",
    "Geneve": "city/ch-geneve",
    "Anversa": "city/be-antwerpen",
    "l'aquila": "city/it-l-aquila",
    "laquila": "city/it-l-aquila",
    "Palermo": "city/it-palermo",
    "Genova": "city/it-genova",
    "castro lecce": "city/it-castro-le",
    # communities and events
    "OASC": "community/oasc",
    "open agile": "community/oasc",
    "smart cities agile": "community/oasc",
    "forum pa 2021": "event/forum-pa-2021",
    "2021 forum pa": "event/forum-pa-2021",
    # codes
    "083048": "city/it-messina",
    "83048": "city/it-messina",
    "istat:083048": "city/it-messina",
    "F158": "city/it-messina",
    "ITG13": "city/it-messina",
    "Q13666": "city/it-messina",
    "6541859": "city/it-messina",
    "https://www.wikidata.org/wiki/Q13666": "city/it-messina",
    # countries and regions
    "IT": "country/it",
    "Italia": "country/it",
    "Germany": "country/de",
    "Sicily": "region/it-sicilia",
    "Sicilia": "region/it-sicilia",
}

MISTYPED = {"mesina": "city/it-messina", "barcelonna": "city/es-barcelona", "palrmo": "city/it-palermo"}


@pytest.fixture(scope="module")
def index(release: Release, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabelIndex]:
    made = open_index(release.derived, release.default_ntriples, release.manifest.digest)
    yield made
    made.close()


@pytest.mark.parametrize(("text", "first"), FIRST.items())
def test_people_find_first_what_they_look_for(index: LabelIndex, text: str, first: str) -> None:
    assert index.suggest(text, ("it",), 1)[0].entry.iri == f"{NAMESPACE}id/{first}"


@pytest.mark.parametrize(("text", "meant"), MISTYPED.items())
def test_what_is_mistyped_is_understood(index: LabelIndex, text: str, meant: str) -> None:
    assert f"{NAMESPACE}id/{meant}" in [each.iri for each in index.alike(text, ("it",))]


def test_a_build_makes_the_index_beside_the_release(release: Release) -> None:
    assert (release.derived / "labels.sqlite").is_file()


def test_the_index_is_small(release: Release) -> None:
    index, dump = Path(release.derived / "labels.sqlite"), release.manifest.figures["triples"]

    assert index.stat().st_size < 100 * dump


def test_lists_hold_what_the_manifest_counts(release: Release, index: LabelIndex) -> None:
    counted = {
        name.removeprefix(f"{NAMESPACE}def#"): things
        for name, things in release.manifest.figures["classes"].items()
    }
    listed = {kind.key: kind.things for kind in index.classes()}

    for key, name in {"city": "City", "community": "Community", "source": "Source"}.items():
        assert listed[key] == counted[name]
    # A series is an event too, but has a list of its own.
    assert listed["event"] == counted["Event"] - counted["EventSeries"]
