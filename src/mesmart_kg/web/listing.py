"""A list as a file: CSV, JSON-LD or GeoJSON, written as it is read, so that its length does not matter.

The keys are English and stay; names of things are in the reader's language. In GeoJSON an event has the
position of the place or city where it was held; what has no position is left out there, and only there.

Specifications: RFC 4180 (CSV; like the endpoint's without byte order mark), JSON-LD 1.1, RFC 7946 (GeoJSON).
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

from mesmart_kg.formats import JSONLD, RESULTS_CSV, RESULTS_GEOJSON, Format
from mesmart_kg.label_index import Entry
from mesmart_kg.labels import Reference
from mesmart_kg.namespaces import PREFIXES

FILES: Final = (RESULTS_CSV, JSONLD, RESULTS_GEOJSON)

COLUMNS: Final = (
    "iri",
    "name",
    "class",
    "country",
    "region",
    "communities",
    "kind",
    "start",
    "end",
    "latitude",
    "longitude",
    "codes",
)

_PART: Final = 64 * 1024
_BETWEEN: Final = "; "
_CONTEXT: Final = {
    **{name: PREFIXES[name] for name in ("schema", "skos", "dcterms", "geo")},
    "name": {"@id": "skos:prefLabel", "@container": "@language"},
    "label": "skos:prefLabel",
    "start": "schema:startDate",
    "end": "schema:endDate",
    "place": {"@id": "dcterms:spatial", "@type": "@id"},
    "community": {"@id": "dcterms:relation", "@type": "@id"},
    "identifier": "dcterms:identifier",
    "point": {"@id": "geo:asWKT", "@type": "geo:wktLiteral"},
    "items": {"@id": "schema:itemListElement", "@container": "@list"},
}


def write_list(format: Format, entries: Iterable[Entry], address: str, total: int) -> Iterator[bytes]:
    """Yield a list as a file in one of :data:`FILES`; ``address`` is the list's own, ``total`` its length."""
    writers: dict[str, Callable[[], Iterator[str]]] = {
        RESULTS_CSV.name: lambda: _to_csv(entries),
        JSONLD.name: lambda: _to_jsonld(entries, address, total),
        RESULTS_GEOJSON.name: lambda: _to_geojson(entries),
    }
    return _gather(writers[format.name]())


def _gather(texts: Iterable[str]) -> Iterator[bytes]:
    """Yield texts in parts of a size that is worth sending."""
    waiting: list[str] = []
    size = 0
    for text in texts:
        waiting.append(text)
        size += len(text)
        if size >= _PART:
            yield "".join(waiting).encode()
            waiting.clear()
            size = 0
    yield "".join(waiting).encode()


def _to_csv(entries: Iterable[Entry]) -> Iterator[str]:
    line = io.StringIO()
    writer = csv.writer(line)  # RFC 4180: commas, CRLF, quotes where needed
    writer.writerow(COLUMNS)
    for entry in entries:
        told = to_values(entry)
        writer.writerow([told[column] for column in COLUMNS])
        yield line.getvalue()
        line.seek(0)
        line.truncate()
    yield line.getvalue()


def to_values(entry: Entry) -> dict[str, str]:
    """Return a thing by the keys of the columns; several values of one key are joined by semicolons."""
    longitude, latitude = entry.point or ("", "")
    return {
        "iri": entry.iri,
        "name": entry.name.value,
        "class": entry.kind,
        "country": _join(entry.countries),
        "region": _join(entry.regions),
        "communities": _join(entry.communities),
        "kind": _join(entry.kinds),
        "start": entry.start or "",
        "end": entry.end or "",
        "latitude": latitude,
        "longitude": longitude,
        "codes": _BETWEEN.join(_to_codes(entry)),
    }


def _join(references: Iterable[Reference]) -> str:
    return _BETWEEN.join(each.name.value for each in references)


def _to_codes(entry: Entry) -> list[str]:
    return [f"{scheme}:{code}" if scheme else code for scheme, code in entry.codes]


def _to_geojson(entries: Iterable[Entry]) -> Iterator[str]:
    yield '{"type":"FeatureCollection","features":['
    separator = "\n"
    for entry in entries:
        if entry.point is None:
            continue
        longitude, latitude = entry.point
        told = {key: value for key, value in to_values(entry).items() if value}
        told.pop("longitude")
        told.pop("latitude")
        feature = {
            "type": "Feature",
            "id": told.pop("iri"),
            "geometry": {"type": "Point", "coordinates": [float(longitude), float(latitude)]},
            "properties": told,
        }
        yield separator + _to_json(feature)
        separator = ",\n"
    yield "\n]}\n"


def _to_jsonld(entries: Iterable[Entry], address: str, total: int) -> Iterator[str]:
    yield f'{{"@context":{_to_json(_CONTEXT)},\n"@id":{_to_json(address)},"@type":"schema:ItemList",'
    yield f'"schema:numberOfItems":{total},"items":['
    separator = "\n"
    for entry in entries:
        yield separator + _to_json(_to_node(entry))
        separator = ",\n"
    yield "\n]}\n"


def _to_node(entry: Entry) -> dict[str, Any]:
    """Return a thing as a node object; the composed name of a nameless thing is no label of it."""
    node: dict[str, Any] = {"@id": entry.iri}
    if entry.class_iri:
        node["@type"] = entry.class_iri
    tagged: dict[str, list[str]] = {}
    for name in entry.names:
        tagged.setdefault(name.language or "", []).append(name.value)
    untagged = tagged.pop("", [])
    if tagged:
        node["name"] = {each: values[0] if len(values) == 1 else values for each, values in tagged.items()}
    if untagged:
        node["label"] = untagged[0] if len(untagged) == 1 else untagged
    places = [each.iri for each in (*entry.countries, *entry.regions)]
    communities = [each.iri for each in entry.communities]
    told: dict[str, Any] = {
        "start": entry.start,
        "end": entry.end,
        "place": places,
        "community": communities,
        "identifier": _to_codes(entry),
        "point": f"POINT({' '.join(entry.point)})" if entry.point else None,
    }
    return node | {key: value for key, value in told.items() if value}


def _to_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
