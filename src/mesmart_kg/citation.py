"""How to cite a release: BibTeX, APA, and a citation file.

What is cited is the IRI of the release, which stays whatever host serves it. No DOI is claimed: nobody has
registered one.

Specifications: Citation File Format 1.2.0 (https://citation-file-format.github.io); the ``@dataset`` of
BibLaTeX, which BibTeX's own styles print as ``@misc``; APA 7, section 10.9 (data sets).
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Final

CFF_VERSION: Final = "1.2.0"

_SPDX: Final = MappingProxyType(
    {
        "creativecommons.org/licenses/by/4.0/": "CC-BY-4.0",
        "creativecommons.org/licenses/by-sa/4.0/": "CC-BY-SA-4.0",
        "creativecommons.org/publicdomain/zero/1.0/": "CC0-1.0",
        "www.dati.gov.it/content/italian-open-data-license-v20": "IODL-2.0",
    }
)
"""Licences of data by their address without its scheme, to their SPDX names; others are cited by address."""

_NOT_SPDX: Final = frozenset({"IODL-2.0"})
"""Short names that the SPDX list does not have, so that a citation file may not use them."""

_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_BIBTEX_SIGNS: Final = re.compile(r"[\\{}$&#%_^~]")
_BIBTEX_WORDS: Final = {"\\": r"\textbackslash{}", "^": r"\textasciicircum{}", "~": r"\textasciitilde{}"}


@dataclass(frozen=True)
class Citation:
    """What is cited: a release by its IRI, title and publisher in one language; ``licence`` is an IRI."""

    iri: str
    version: str
    title: str
    publisher: str
    day: date
    licence: str
    summary: str = ""

    @property
    def licence_name(self) -> str | None:
        """The licence's short name; None for one that we know no name of."""
        return _SPDX.get(self.licence.partition("://")[2])


def to_bibtex(citation: Citation) -> str:
    """Return an entry for BibLaTeX; its key is made of publisher and version."""
    key = re.sub(r"[^a-z0-9]+", "-", citation.publisher.lower()).strip("-") or "dataset"
    fields = {
        # Two braces: what is inside is a name of one piece, and keeps its capitals.
        "author": f"{{{_to_tex(citation.publisher)}}}",
        "title": f"{{{_to_tex(citation.title)}}}",
        "version": citation.version,
        "year": str(citation.day.year),
        "month": None,
        "date": citation.day.isoformat(),
        "publisher": f"{{{_to_tex(citation.publisher)}}}",
        "url": citation.iri,
        "note": _to_tex(f"Licence: {citation.licence_name or citation.licence}"),
    }
    lines = [
        f"  {name} = {_MONTHS[citation.day.month - 1]}" if value is None else f"  {name} = {{{value}}}"
        for name, value in fields.items()
    ]
    return f"@dataset{{{key}-{citation.version},\n" + ",\n".join(lines) + "\n}\n"


def _to_tex(text: str) -> str:
    return _BIBTEX_SIGNS.sub(lambda found: _BIBTEX_WORDS.get(found[0], f"\\{found[0]}"), text)


def to_apa(citation: Citation, version_word: str = "Version", kind_word: str = "Data set") -> str:
    """Return a reference as APA writes it; the two words in brackets are the reader's."""
    return (
        f"{citation.publisher.rstrip('.')}. ({citation.day.year}). {citation.title} "
        f"({version_word} {citation.version}) [{kind_word}]. {citation.iri}"
    )


def to_cff(citation: Citation) -> str:
    """Return a ``CITATION.cff`` for a release."""
    lines = [
        f"cff-version: {CFF_VERSION}",
        "type: dataset",
        "message: If you use these data, please cite them as below.",
        f"title: {_quote(citation.title)}",
        "authors:",
        f"  - name: {_quote(citation.publisher)}",
        f"version: {_quote(citation.version)}",
        f"date-released: {_quote(citation.day.isoformat())}",
        f"url: {_quote(citation.iri)}",
        "identifiers:",
        "  - type: url",
        f"    value: {_quote(citation.iri)}",
        "    description: The IRI of this release, which stays and never names other data.",
    ]
    if citation.summary:
        lines.append(f"abstract: {_quote(citation.summary)}")
    name = citation.licence_name
    if name and name not in _NOT_SPDX:
        lines.append(f"license: {name}")
    else:
        lines.append(f"license-url: {_quote(citation.licence)}")
    return "\n".join(lines) + "\n"


def _quote(text: str) -> str:
    """Return a text as YAML has it in double quotes, which is how JSON has it."""
    return json.dumps(text, ensure_ascii=False)
