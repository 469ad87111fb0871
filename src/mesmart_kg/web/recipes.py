"""How the dumps of a release are loaded into other people's tools: commands with the files' real names.

Those for rdflib and Oxigraph are run by a test. Those for Apache Jena and QLever were written from their own
documentation, for the versions that are named.
"""

from __future__ import annotations

from dataclasses import dataclass

from mesmart_kg.dumps import DATASET_NQUADS, DEFAULT_NTRIPLES
from mesmart_kg.release import Release


@dataclass(frozen=True)
class Recipe:
    """A tool, the version that the commands are for, and the commands; ``file`` is what they are saved as."""

    name: str
    version: str
    language: str
    text: str
    file: str = ""


def write_recipes(release: Release) -> tuple[Recipe, ...]:
    """Return the recipes for the dumps that a release has; they expect the files in the present folder."""
    names = {entry.path for entry in release.manifest.files}
    if f"dumps/{DATASET_NQUADS}" not in names or f"dumps/{DEFAULT_NTRIPLES}" not in names:
        return ()
    both = f"{DEFAULT_NTRIPLES} {DATASET_NQUADS}"
    return (
        Recipe("rdflib (Python)", "7", "python", _RDFLIB),
        Recipe("pyoxigraph (Python)", "0.5", "python", _PYOXIGRAPH),
        Recipe(
            "Oxigraph",
            "0.5",
            "console",
            f"oxigraph load --location store --file {both}\noxigraph serve-read-only --location store\n",
        ),
        Recipe(
            "Apache Jena: TDB2, Fuseki",
            "5",
            "console",
            f"tdb2.tdbloader --loc DB2 {both}\nfuseki-server --tdb2 --loc DB2 /cities\n",
        ),
        Recipe("QLever", "0.6 (qlever)", "ini", _QLEVER.format(release_id=release.id), "Qleverfile"),
    )


_RDFLIB = f"""import gzip
import rdflib

graph = rdflib.Graph()
with gzip.open("{DEFAULT_NTRIPLES}") as file:
    graph.parse(file, format="nt")
print(len(graph))
"""

_PYOXIGRAPH = f"""import gzip
from pyoxigraph import RdfFormat, Store

store = Store()
with gzip.open("{DEFAULT_NTRIPLES}") as file:
    store.bulk_load(file, format=RdfFormat.N_TRIPLES)
with gzip.open("{DATASET_NQUADS}") as file:
    store.bulk_load(file, format=RdfFormat.N_QUADS)
print(len(store))
"""

# Of the default graph alone: QLever's own default graph is that of all named graphs.
_QLEVER = f"""[data]
NAME = cities
DESCRIPTION = Release {{release_id}}
FORMAT = nt

[index]
INPUT_FILES = {DEFAULT_NTRIPLES}
CAT_INPUT_FILES = zcat ${{{{INPUT_FILES}}}}

[server]
PORT = 7001
ACCESS_TOKEN = choose-one

[runtime]
SYSTEM = docker
IMAGE = docker.io/adfreiburg/qlever:latest
"""
