"""Sets of links under ``data/links``: written once they were looked at, listed, read again.

A file is sorted and always the same bytes for the same set, so that a version control shows what changed and
nothing else. It is put in place whole, or not at all.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Final

from mesmart_kg.errors import ConfigError, FactError
from mesmart_kg.linksets.checking import Examined
from mesmart_kg.linksets.model import PREDICATES, is_name
from mesmart_kg.linksets.reading import read_told
from mesmart_kg.namespaces import PREFIXES, compact, expand
from mesmart_kg.store import Literal, NamedNode

FOLDER: Final = "links"
_USED: Final = ("dcterms", "foaf", "schema", "skos", "void", "xsd")
_LINKSET: Final = NamedNode(expand("void:Linkset"))
_TYPE: Final = NamedNode(expand("rdf:type"))
_NUMBER: Final = re.compile(r"[0-9]+")


@dataclass(frozen=True)
class Kept:
    """A set under ``data/links``, as a list shows it; ``problem`` says why a file could not be read."""

    name: str
    iri: str = ""
    links: int = 0
    credit: str = ""
    accepted: str = ""
    problem: str = ""


def to_turtle(examined: Examined) -> str:
    """Return the file of a set: its description, then its links, sorted."""
    terms = [quad.object for quad in examined.description] + [quad.predicate for quad in examined.description]
    text = " ".join(_write_term(term) for term in terms) + " skos:"
    used = [prefix for prefix in _USED if f"{prefix}:" in text]
    lines = [*(f"@prefix {prefix}: <{PREFIXES[prefix]}> ." for prefix in used), ""]
    lines.append(f"<{examined.iri}> a void:Linkset ;")
    told = [quad for quad in examined.description if quad.predicate != _TYPE]
    for predicate, group in groupby(told, key=lambda quad: quad.predicate):
        values = ", ".join(sorted(_write_term(quad.object) for quad in group))
        lines.append(f"    {compact(predicate.value)} {values} ;")
    lines[-1] = lines[-1][:-1] + "."
    lines.append("")
    lines += [f"<{link.theirs}> {compact(link.predicate)} <{link.ours}> ." for link in examined.links]
    return "\n".join(lines) + "\n"


def _write_term(term: object) -> str:
    """Return a term as Turtle writes it: links and terms of ours short, everything else in full."""
    if isinstance(term, NamedNode):
        name = compact(term.value)
        return name if name.partition(":")[0] in ("skos", "void", "dcterms", "schema") else f"<{term.value}>"
    if isinstance(term, Literal) and term.language is None:
        kind = term.datatype.value
        if kind == expand("xsd:integer") and _NUMBER.fullmatch(term.value):
            return term.value
        if kind == expand("xsd:date"):
            return f'"{term.value}"^^xsd:date'
    return str(term)


def write(examined: Examined, data_folder: Path) -> Path:
    """Write a set to ``data/links/NAME.ttl`` and return the place.

    Raises FactError for one that is not acceptable, ConfigError for a name that can't be one, or where the
    file can't be written; then nothing has changed.
    """
    if not is_name(examined.name):
        raise ConfigError(
            f"{examined.name[:60]!r} is no name for links: it is of small letters, digits and hyphens"
        )
    if not examined.is_acceptable:
        problem = next(iter(examined.problems), None)
        message = problem.message if problem else examined.report.violations[0].message_en
        raise FactError(message, examined.name, problem.line if problem else 0)
    place = data_folder / FOLDER / f"{examined.name}.ttl"
    try:
        _put(place, to_turtle(examined).encode())
    except OSError as error:
        raise ConfigError(f"{place.name} can’t be written to data/{FOLDER}: {error.strerror}") from error
    return place


def _put(place: Path, data: bytes) -> None:
    """Write a file whole, forced to disk: who reads meanwhile finds the old one or the new one."""
    place.parent.mkdir(parents=True, exist_ok=True)
    descriptor, draft = tempfile.mkstemp(prefix=f".{place.name}-", dir=place.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(draft).chmod(0o644)
        Path(draft).replace(place)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise
    folder = os.open(place.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def read_kept(data_folder: Path, name: str) -> bytes | None:
    """Return the file of a set; None if there is none of that name. Raises ConfigError."""
    place = data_folder / FOLDER / f"{name}.ttl"
    if not is_name(name) or not place.is_file():
        return None
    try:
        return place.read_bytes()
    except OSError as error:
        raise ConfigError(f"{place.name} can’t be read: {error.strerror}") from error


def list_kept(data_folder: Path) -> Iterator[Kept]:
    """Yield the sets under ``data/links``, by name; what can't be read is told as such."""
    for place in sorted((data_folder / FOLDER).glob("*.ttl")):
        if place.name.startswith("."):
            continue
        try:
            yield _summarise(place)
        except (FactError, OSError) as error:
            yield Kept(place.stem, problem=str(error))


def _summarise(place: Path) -> Kept:
    links, told = 0, []
    for each in read_told(place.read_bytes(), f"data/{FOLDER}/{place.name}"):
        if each.quad.predicate.value in PREDICATES:
            links += 1
        else:
            told.append(each.quad)
    iris = [str(quad.subject).strip("<>") for quad in told if quad.object == _LINKSET]

    def find(*names: str) -> str:
        wanted = {NamedNode(expand(name)) for name in names}
        values = [quad.object for quad in told if quad.predicate in wanted]
        return "; ".join(sorted(getattr(value, "value", str(value)) for value in values))

    credit = find("schema:creditText") or find("dcterms:publisher", "dcterms:creator")
    return Kept(place.stem, iris[0] if iris else "", links, credit, find("dcterms:dateAccepted"))
