"""The links of a release, set by set: those to each other dataset, and those that each giver gave.

Made once from the dump of all graphs and the metadata, in a folder of their own under ``derived/``: one file
of sorted N-Triples for each set (its description, then its links) and an index. Then only read, a page at a
time, so memory does not grow with the links. The same release gives the same bytes.
"""

from __future__ import annotations

import atexit
import gzip
import json
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from mesmart_kg import formats
from mesmart_kg.errors import ReleaseDamaged
from mesmart_kg.metadata import find_target, namespace_of
from mesmart_kg.metadata.site import NAME
from mesmart_kg.namespaces import GraphNames, expand
from mesmart_kg.release import Release
from mesmart_kg.store import Literal, NamedNode, Quad, canonical_ntriples, parse, parse_text

FORMAT: Final = 1
PAGE: Final = 50
"""Links between two marks in a file: what a page shows."""

GIVEN: Final = "from-"
"""How the slug of a set begins that somebody gave us."""

_INDEX: Final = "index.json"
_TYPE: Final = expand("rdf:type")
_LINKSET: Final = expand("void:Linkset")
_LONGEST_GRAPH: Final = 2000
_BLOCK: Final = 1024 * 1024
_LEFT_OUT: Final = frozenset({expand("void:subset"), expand("void:dataDump"), expand("dcat:landingPage")})


@dataclass(frozen=True)
class PublishedSet:
    """A set of links of a release.

    ``slug`` is what addresses call it, ``graph`` the IRI of the graph that holds it, ``iri`` its own (empty
    where nothing describes it). ``titles`` are by language; of links to a dataset, they are the dataset's,
    whose IRIs begin with ``space``; of given links, those of the set. ``predicates`` counts links,
    ``things`` those of ours that have any. ``licence`` is the set's, ``target_licence`` that of the dataset
    it leads to, where a source tells. ``givers`` are names or IRIs; ``created`` and ``accepted`` are days.
    ``marks`` are the places in the file of every fiftieth link.
    """

    slug: str
    graph: str
    iri: str
    space: str
    titles: Mapping[str, str]
    predicates: Mapping[str, int]
    things: int
    licence: str
    target_licence: str
    givers: tuple[str, ...]
    credit: str
    created: str
    accepted: str
    file: Path = field(repr=False)
    marks: tuple[int, ...] = field(repr=False)

    @property
    def is_given(self) -> bool:
        return self.slug.startswith(GIVEN)

    @property
    def links(self) -> int:
        return sum(self.predicates.values())

    def description(self) -> Iterator[tuple[str, str, str]]:
        """Yield what is said of the set, each term as N-Triples writes it."""
        for terms in self._read(0):
            if terms[0] != f"<{self.iri}>":
                return
            yield terms

    def triples(self, begin: int = 0) -> Iterator[tuple[str, str, str]]:
        """Yield the links from one on, by subject: three IRIs without brackets, escaped as in N-Triples."""
        page, rest = divmod(begin, PAGE)
        if page < len(self.marks):
            for terms in islice(self._read(self.marks[page]), rest, None):
                subject, predicate, value = terms
                yield subject[1:-1], predicate[1:-1], value[1:-1]

    def _read(self, place: int) -> Iterator[tuple[str, str, str]]:
        try:
            with self.file.open("rb") as lines:
                lines.seek(place)
                for line in lines:
                    subject, predicate, rest = line.decode().split(" ", 2)
                    yield subject, predicate, rest[:-3]
        except OSError as error:
            raise ReleaseDamaged("the links of the release can't be read: start again") from error


@dataclass(frozen=True)
class PublishedLinks:
    """All sets of a release, ours first, each kind by slug; ``things`` is how our own IRIs begin."""

    sets: tuple[PublishedSet, ...]
    things: str

    def find(self, slug: str) -> PublishedSet | None:
        """Return the set of that slug."""
        return next((each for each in self.sets if each.slug == slug), None)


def open_links(release: Release, base_iri: str) -> PublishedLinks:
    """Return the links of a release, made first where its ``derived/`` has none of this format.

    Where ``derived/`` can't be written to, they live in a temporary folder, for as long as this process.
    Raises ReleaseDamaged.
    """
    place = release.derived / f"links-{FORMAT}-{release.manifest.digest[:16]}"
    if not (place / _INDEX).is_file():
        place = _make(release, base_iri, place)
    try:
        document = json.loads((place / _INDEX).read_text("utf-8"))
        return PublishedLinks(tuple(_to_set(each, place) for each in document), f"{base_iri}id/")
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ReleaseDamaged(f"the links of {release.id} can't be read: remove its folder derived") from error


def _make(release: Release, base_iri: str, place: Path) -> Path:
    """Make the folder, at once or not; return where it is."""
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=".links-", dir=place.parent))
    except OSError:
        draft = Path(tempfile.mkdtemp(prefix="mesmart-links-"))
        atexit.register(shutil.rmtree, draft, ignore_errors=True)
        place = draft
    try:
        _write(release, base_iri, draft)
        draft.chmod(0o755)
        if draft != place:
            draft.rename(place)
    except OSError as error:
        shutil.rmtree(draft, ignore_errors=True)
        if not (place / _INDEX).is_file():  # else somebody else was faster
            raise ReleaseDamaged(f"the links of {release.id} can't be read: {error.strerror}") from error
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise
    return place


def _write(release: Release, base_iri: str, folder: Path) -> None:
    names = GraphNames(base_iri)
    lines = _gather(release.dataset_nquads, names)
    described = _read_described(release.metadata) if release.metadata.is_file() else {}
    dataset = f"{base_iri}set/{NAME}"
    documents = []
    for slug in sorted(lines, key=lambda slug: (slug.startswith(GIVEN), slug)):
        links = [line for line in lines[slug] if not _is_text(line)]
        if slug.startswith(GIVEN):
            graph = names.linkset(slug.removeprefix(GIVEN))
            about, links = _divide(lines[slug])
        else:
            graph, about = names.links, described.get(f"{dataset}#links-{slug}", ())
        target = described.get(f"{dataset}#target-{slug}", ())
        # Those of a preview come in no order.
        documents.append(_write_set(folder, slug, graph, f"{base_iri}id/", about, target, sorted(links)))
    (folder / _INDEX).write_text(json.dumps(documents, ensure_ascii=False, indent=1), "utf-8")


def _gather(dump: Path, names: GraphNames) -> dict[str, list[bytes]]:
    """Return the lines of the graphs of links as N-Triples, by the slug of their set, in order."""
    found: dict[str, list[bytes]] = {}
    ours, given = f" <{names.links}> .".encode(), f" <{names.links}/".encode()
    try:
        with gzip.open(dump) as lines:
            for body in _find_lines(lines, f" <{names.links}".encode()):
                if body.endswith(ours):
                    triple = body[: -len(ours)]
                    if not _is_text(triple):
                        value = triple.rpartition(b" <")[2].rstrip(b">").decode()
                        slug = find_target(namespace_of(value)).slug
                        found.setdefault(slug, []).append(triple + b" .\n")
                elif body.endswith(b"> .") and given in body[-_LONGEST_GRAPH:]:
                    triple, _, graph = body.rpartition(b" <")
                    name = names.find_linkset(graph.removesuffix(b"> .").decode())
                    if name:
                        found.setdefault(f"{GIVEN}{name}", []).append(triple + b" .\n")
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise ReleaseDamaged("the dump of all graphs can't be read: verify the release") from error
    return found


def _find_lines(file: gzip.GzipFile, mark: bytes) -> Iterator[bytes]:
    """Yield the lines of a file in which something stands, without their ends; the others cost little."""
    rest = b""
    while block := file.read(_BLOCK):
        block = rest + block
        end = block.rfind(b"\n") + 1
        place = block.find(mark, 0, end)
        while place >= 0:
            last = block.index(b"\n", place)
            yield block[block.rfind(b"\n", 0, place) + 1 : last]
            place = block.find(mark, last, end)
        rest = block[end:]
    if mark in rest:
        yield rest


def _is_text(line: bytes) -> bool:
    return line.partition(b" ")[2].partition(b" ")[2][:1] == b'"'


def _divide(lines: list[bytes]) -> tuple[tuple[Quad, ...], list[bytes]]:
    """Return the description of a given set and its links."""
    quads = list(parse_text(b"".join(lines), formats.NTRIPLES))
    sets = sorted(
        str(quad.subject)
        for quad in quads
        if quad.predicate.value == _TYPE and quad.object == NamedNode(_LINKSET)
    )
    about = tuple(quad for quad in quads if sets and str(quad.subject) == sets[0])
    head = f"{sets[0]} ".encode() if sets else b""
    return about, [line for line in lines if not (head and line.startswith(head)) and not _is_text(line)]


def _read_described(metadata: Path) -> dict[str, tuple[Quad, ...]]:
    """Return what the metadata say of sets of links and of what they lead to, by IRI."""
    found: dict[str, list[Quad]] = {}
    try:
        for quad in parse(metadata, formats.TURTLE):
            subject = str(quad.subject).strip("<>")
            if "#links-" in subject or "#target-" in subject:
                found.setdefault(subject, []).append(quad)
    except (OSError, SyntaxError, ValueError) as error:
        raise ReleaseDamaged(f"{metadata.name} of a release can't be read: {error}") from error
    return {iri: tuple(quads) for iri, quads in found.items()}


def _write_set(
    folder: Path,
    slug: str,
    graph: str,
    things: str,
    about: tuple[Quad, ...],
    target: tuple[Quad, ...],
    links: list[bytes],
) -> dict[str, Any]:
    """Write the file of one set; return what the index says of it."""
    kept = [quad for quad in about if quad.predicate.value not in _LEFT_OUT]
    head = b"".join(canonical_ntriples(quad.triple for quad in kept))
    place, marks, size = len(head), [], 0
    is_given = slug.startswith(GIVEN)
    predicates: Counter[str] = Counter()
    own, theirs = set(), ""
    for number, line in enumerate(links):
        if number % PAGE == 0:
            marks.append(place + size)
        size += len(line)
        subject, predicate, value = (term[1:-1] for term in line.decode()[:-3].split(" "))
        predicates[predicate] += 1
        ours, other = (subject, value) if not is_given or subject.startswith(things) else (value, subject)
        own.add(ours)
        theirs = theirs or other
    (folder / f"{slug}.nt").write_bytes(head + b"".join(links))
    told = _Told(kept)
    of_target = _Told(target)
    first = next(iter(sorted(told.subjects)), "")
    space = of_target.one("void:uriSpace") or (namespace_of(theirs) if theirs else "")
    known = find_target(space)
    titles = told.texts("dcterms:title") if is_given else of_target.texts("dcterms:title")
    return {
        "slug": slug,
        "graph": graph,
        "iri": first,
        "space": space,
        "titles": titles or {"it": known.title_it, "en": known.title_en},
        "predicates": dict(sorted(predicates.items())),
        "things": len(own),
        "licence": told.one("dcterms:license"),
        "target_licence": of_target.one("dcterms:license"),
        "givers": told.all("dcterms:publisher") or told.all("dcterms:creator"),
        "credit": told.one("schema:creditText"),
        "created": told.one("dcterms:created") or told.one("dcterms:issued"),
        "accepted": told.one("dcterms:dateAccepted"),
        "marks": marks,
    }


class _Told:
    """What is said of one thing, by property."""

    def __init__(self, quads: Iterable[Quad]) -> None:
        self._quads = sorted(quads, key=str)
        self.subjects = {str(quad.subject).strip("<>") for quad in self._quads}

    def all(self, predicate: str) -> list[str]:
        named = NamedNode(expand(predicate))
        values = (quad.object for quad in self._quads if quad.predicate == named)
        return [each.value for each in values if isinstance(each, NamedNode | Literal)]

    def one(self, predicate: str) -> str:
        return next(iter(self.all(predicate)), "")

    def texts(self, predicate: str) -> dict[str, str]:
        named = NamedNode(expand(predicate))
        values = (quad.object for quad in self._quads if quad.predicate == named)
        return {each.language or "": each.value for each in values if isinstance(each, Literal)}


def _to_set(told: Mapping[str, Any], folder: Path) -> PublishedSet:
    return PublishedSet(
        slug=told["slug"],
        graph=told["graph"],
        iri=told["iri"],
        space=told["space"],
        titles=MappingProxyType(told["titles"]),
        predicates=MappingProxyType(told["predicates"]),
        things=told["things"],
        licence=told["licence"],
        target_licence=told["target_licence"],
        givers=tuple(told["givers"]),
        credit=told["credit"],
        created=told["created"],
        accepted=told["accepted"],
        file=folder / f"{told['slug']}.nt",
        marks=tuple(told["marks"]),
    )
