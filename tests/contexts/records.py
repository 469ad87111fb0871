"""Real things as records: what the graph holds of them, framed as JSON in our own keys.

Also the command that writes ``ontology/frames/examples`` anew, once the data have changed:

    .venv/bin/python tests/contexts/records.py releases
"""

from __future__ import annotations

import gzip
import json
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import pyoxigraph
from pyld import jsonld

from mesmart_kg.namespaces import NAMESPACE, GraphNames
from mesmart_kg.release import Release

Triples = set[str]

PROJECT: Final = Path(__file__).parents[2]
CONTEXTS: Final = PROJECT / "ontology" / "contexts"
FRAMES: Final = PROJECT / "ontology" / "frames"
EXAMPLES: Final = FRAMES / "examples"

THINGS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "City": ("id/city/it-messina", "id/geometry/it-messina"),
        "Community": ("id/community/tscai",),
        "Event": ("id/event/scewc-2025",),
        "EventSeries": ("id/series/scewc",),
        "Membership": ("id/membership/oasc--it-messina",),
        "Observation": ("id/observation/it-messina--population--2020",),
        "Organization": ("id/organization/it-comune-di-messina",),
        "Participation": ("id/participation/scewc-2025--it-messina",),
        "Place": ("id/place/palacultura-messina",),
        "Project": ("id/project/urbamid",),
        "Region": ("id/region/it-messina",),
        "Source": ("id/source/messina-2021",),
        "Statement": ("id/statement/it-comune-di-messina--ipa-code--9dd8082f",),
    }
)
"""The thing that shows a class, and what of it has an IRI of its own but is told in the same record."""


def read_contexts() -> dict[str, dict[str, Any]]:
    """Return the published contexts by their IRIs."""
    return {
        f"{NAMESPACE}context/{path.stem}": json.loads(path.read_text("utf-8"))
        for path in sorted(CONTEXTS.glob("*.jsonld"))
    }


def read_record(path: Path) -> dict[str, Any]:
    """Return a frame or an example with its context in the place of the context's IRI."""
    record: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return record | read_contexts()[record["@context"]]


def read_told(release: Release) -> dict[str, pyoxigraph.Dataset]:
    """Return what the sources, the links and the provenance say of each of THINGS, by class.

    Not what the rules conclude: nobody needs to write that.
    """
    names = GraphNames(NAMESPACE)
    left_out = {names.inferred, names.ontology, names.shapes, names.concepts, names.metadata}
    owners = {NAMESPACE + path: name for name, paths in THINGS.items() for path in paths}
    beginnings = tuple(f"<{iri}>".encode() for iri in owners)
    told: dict[str, pyoxigraph.Dataset] = {name: pyoxigraph.Dataset() for name in THINGS}
    with gzip.open(release.dataset_nquads) as lines:
        wanted = b"".join(line for line in lines if line.startswith(beginnings))
    for quad in pyoxigraph.parse(wanted, pyoxigraph.RdfFormat.N_QUADS):
        if quad.graph_name.value not in left_out:
            told[owners[quad.subject.value]].add(
                pyoxigraph.Quad(quad.subject, quad.predicate, quad.object, pyoxigraph.DefaultGraph())
            )
    return told


def to_triples(quads: Iterable[pyoxigraph.Quad]) -> Triples:
    return {str(quad.triple) for quad in quads}


def expand_by_oxigraph(record: dict[str, Any]) -> Triples:
    """Return what a record says, as the store's own parser reads it: with no way to fetch anything."""
    return to_triples(pyoxigraph.parse(json.dumps(record), pyoxigraph.RdfFormat.JSON_LD))


def expand_by_pyld(record: dict[str, Any]) -> Triples:
    """Return what a record says, as the reference implementation reads it."""
    text = jsonld.to_rdf(record, {"format": "application/n-quads", "documentLoader": refuse})
    return to_triples(pyoxigraph.parse(text, pyoxigraph.RdfFormat.N_TRIPLES))


def frame(quads: Iterable[pyoxigraph.Quad], framed_by: dict[str, Any]) -> dict[str, Any]:
    """Return statements as a record in the keys of a frame's context; without the context."""
    lines = "".join(sorted(f"{quad.triple} .\n" for quad in quads))
    told = jsonld.from_rdf(lines, {"useNativeTypes": True})
    record: dict[str, Any] = jsonld.frame(told, framed_by, {"omitGraph": True, "documentLoader": refuse})
    del record["@context"]
    return record


def sort_lists(value: Any) -> Any:
    """Return a record with its lists sorted: they are sets, whose order says nothing."""
    if isinstance(value, dict):
        return {key: sort_lists(each) for key, each in value.items()}
    if isinstance(value, list):
        return sorted(map(sort_lists, value), key=lambda each: json.dumps(each, sort_keys=True))
    return value


def refuse(url: str, _options: Any) -> Any:
    raise AssertionError(f"{url} is fetched: a context must not lead to another")


def order_keys(value: Any, order: Mapping[str, int]) -> Any:
    """Return a record with its keys in the order in which the context defines them."""
    if isinstance(value, list):
        return [order_keys(each, order) for each in value]
    if not isinstance(value, dict):
        return value
    # What is no key of the context is the language of a text.
    items = sorted(value.items(), key=lambda item: (order.get(item[0], -1), item[0]))
    return {key: order_keys(each, order) for key, each in items}


def write_examples(release: Release) -> None:
    """Write an example of each class that has a frame."""
    for name, quads in read_told(release).items():
        iri = json.loads((FRAMES / f"{name}.jsonld").read_text("utf-8"))["@context"]
        order = {key: number for number, key in enumerate(read_contexts()[iri]["@context"])}
        record = sort_lists(frame(quads, read_record(FRAMES / f"{name}.jsonld")))
        whole = {"@context": iri, **order_keys(record, order)}
        text = json.dumps(whole, ensure_ascii=False, indent=2) + "\n"
        (EXAMPLES / f"{name}.jsonld").write_text(text, "utf-8")


if __name__ == "__main__":
    from mesmart_kg.catalog import Catalog

    newest = Catalog(Path(sys.argv[1]).resolve()).find_current()
    if newest is None:
        sys.exit(f"there is no release in {sys.argv[1]}")
    write_examples(newest)
