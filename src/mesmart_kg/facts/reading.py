"""All of ``data/``, file by file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from mesmart_kg.errors import FactError
from mesmart_kg.facts.blocks import Block, name_file
from mesmart_kg.facts.mapping import SUFFIX
from mesmart_kg.facts.tables import KeyIndex, read_table
from mesmart_kg.facts.turtle import read_turtle


def read_facts(data_dir: Path, base_iri: str) -> Iterator[Block]:
    """Yield the blocks of every table and Turtle file under ``data_dir``, files by path, blocks by line.

    Quads carry the names of their graphs, under ``base_iri``. Raises FactError at the first thing that can't
    be read. For a look at little data, and for what each row tells; a build collects (``collecting``).
    """
    keys = KeyIndex(data_dir, base_iri)
    for path in list_sources(data_dir):
        if path.suffix == ".csv":
            yield from read_table(path, data_dir, base_iri, keys)
        else:
            yield from read_turtle(path, data_dir, base_iri)


def list_sources(data_dir: Path) -> Iterator[Path]:
    """Yield the tables and Turtle files under ``data_dir``, by path.

    Raises FactError at a mapping without its table, and at a file of another kind, beside Markdown and plain
    text, lest a fact be forgotten in it.
    """
    for path in sorted(data_dir.rglob("*"), key=lambda path: path.relative_to(data_dir).as_posix()):
        if path.is_dir() or path.name.startswith("."):
            continue
        if path.suffix in (".csv", ".ttl"):
            yield path
        elif path.name.endswith(SUFFIX):
            if not path.with_name(path.name.removesuffix(SUFFIX)).is_file():
                raise FactError("the table of this mapping is missing", name_file(path, data_dir), 1)
        elif path.suffix not in (".md", ".txt"):
            raise FactError(
                "neither CSV nor Turtle: facts are written in one of them", name_file(path, data_dir), 1
            )


def read_shared_concepts(files: Iterable[Path], data_dir: Path, base_iri: str) -> Iterator[Block]:
    """Yield the blocks of vocabularies that all cities share, for a project that does not curate them.

    ``data_dir`` is the folder that they come from. What they say of things under the base IRI, such as the
    sources of a definition, is left out: those are told where the vocabularies are curated, and nowhere else.
    """
    things = f"{base_iri}id/"
    for path in files:
        for block in read_turtle(path, data_dir, base_iri):
            told = tuple(quad for quad in block.quads if not str(quad.object).startswith(f"<{things}"))
            yield replace(block, quads=told)
