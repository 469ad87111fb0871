"""The links as a table of mappings: SSSOM/TSV, with its metadata above, in the canonical form.

Identifiers are CURIEs, so each namespace gets a prefix: ``target`` is ours, ``source`` theirs, numbered
where there are several. What a prefix can't shorten without an escape keeps a longer local part.

Specification: SSSOM 1.0, "The SSSOM/TSV serialisation format" (mapping-commons.github.io/sssom).
"""

from __future__ import annotations

import re
from collections import Counter
from typing import Final
from urllib.parse import urlsplit

from mesmart_kg.linking.linkset import About, Link, quote_text
from mesmart_kg.linking.subjects import Naming, is_iri

_COLUMNS: Final = (
    "subject_id",
    "subject_label",
    "predicate_id",
    "object_id",
    "object_label",
    "mapping_justification",
    "confidence",
)
_MOST_NAMESPACES: Final = 20
_SPACE: Final = re.compile(r"[\s\x00-\x1f\x7f]+")
_NEEDS_QUOTES: Final = re.compile(r'["\t\n\r]')
_PLAIN: Final = re.compile(r"[A-Za-z][A-Za-z0-9 ._/-]*[A-Za-z0-9]")
_CURIE: Final = re.compile(r"[a-z]+\d*:\S+|\d+\.\d+\.\d+")
_WORDS: Final = frozenset(("true", "false", "null", "yes", "no", "on", "off"))


def to_sssom(links: tuple[Link, ...], naming: Naming, about: About, version: str) -> str:
    """Return the file; ``version`` is that of this software, which made the mappings."""
    title = dict(about.titles).get("en") or about.titles[0][1]
    spaces = {
        **_name_spaces("source", [naming.dataset, *(link.subject for link in links)]),
        **_name_spaces("target", [about.target, *(link.target for link in links)]),
    }
    rows = sorted(_to_row(link, spaces) for link in links)
    used = {_prefix(spaces, iri) for link in links for iri in (link.subject, link.target)}
    used |= {_prefix(spaces, naming.dataset), _prefix(spaces, about.target)}
    curies = sorted((prefix, space) for space, prefix in spaces.items() if prefix in used)
    head = [
        "curie_map:",
        *(f"  {prefix}: {_scalar(space)}" for prefix, space in curies),
        f"mapping_set_id: {_scalar(naming.linkset + '.sssom.tsv')}",
        f"mapping_set_title: {_scalar(title)}",
        *(["creator_label:", f"  - {_scalar(about.publisher)}"] if _is_name(about.publisher) else []),
        f"license: {_scalar(about.licence)}",
        f"subject_source: {_scalar(to_curie(naming.dataset, spaces))}",
        f"object_source: {_scalar(to_curie(about.target, spaces))}",
        *([f"mapping_provider: {_scalar(about.publisher)}"] if is_iri(about.publisher) else []),
        f"mapping_tool: {_scalar('mesmart link')}",
        f"mapping_tool_version: {_scalar(version)}",
        f"mapping_date: {about.day.isoformat()}",
    ]
    lines = [*(f"#{line}" for line in head), "\t".join(_COLUMNS), *("\t".join(row) for row in rows)]
    return "\n".join(lines) + "\n"


def _is_name(publisher: str) -> bool:
    return bool(publisher) and not is_iri(publisher)


def _to_row(link: Link, spaces: dict[str, str]) -> tuple[str, ...]:
    if link.by_person:
        justification = "semapv:ManualMappingCuration"
    else:
        justification = "semapv:CompositeMatching" if link.is_compound else "semapv:LexicalMatching"
    return (
        _cell(to_curie(link.subject, spaces)),
        _cell(link.subject_name),
        link.predicate,
        _cell(to_curie(link.target, spaces)),
        _cell(link.target_name),
        justification,
        f"{link.confidence:.3f}".rstrip("0").rstrip("."),
    )


def to_curie(iri: str, spaces: dict[str, str]) -> str:
    """Return an IRI by the longest namespace that it begins with."""
    space = max((each for each in spaces if iri.startswith(each)), key=len)
    return f"{spaces[space]}:{iri[len(space) :]}"


def _prefix(spaces: dict[str, str], iri: str) -> str:
    return to_curie(iri, spaces).partition(":")[0]


def _name_spaces(prefix: str, iris: list[str]) -> dict[str, str]:
    """Return namespaces and their prefixes: cut before the names of things, or hosts if that is too many."""
    found = Counter(map(_space, iris))
    if len(found) > _MOST_NAMESPACES:
        found = Counter(map(_host, iris))
    ranked = sorted(found, key=lambda space: (-found[space], space))
    return {space: prefix if place == 1 else f"{prefix}{place}" for place, space in enumerate(ranked, 1)}


def _space(iri: str) -> str:
    """Return an IRI up to its last separator that something follows."""
    end = max(iri.rfind(sign, 0, len(iri) - 1) for sign in "/#:")
    space = iri[: end + 1]
    return space if len(space) > len("https://") else iri


def _host(iri: str) -> str:
    parts = urlsplit(iri)
    return (
        f"{parts.scheme}://{parts.netloc}/" if parts.netloc and parts.path else ":".join(iri.split(":")[:2])
    )


def _cell(text: str) -> str:
    plain = _SPACE.sub(" ", text)
    return '"' + plain.replace('"', '""') + '"' if _NEEDS_QUOTES.search(plain) else plain


def _scalar(text: str) -> str:
    """Return a YAML scalar: plain where nothing in it could be taken for syntax, else in double quotes."""
    plain = _SPACE.sub(" ", text)
    is_plain = (_PLAIN.fullmatch(plain) and plain.casefold() not in _WORDS) or (
        (is_iri(plain) or _CURIE.fullmatch(plain)) and plain.isascii() and not plain.endswith(":")
    )
    return plain if is_plain else quote_text(plain)
