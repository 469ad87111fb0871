"""URI templates of a table's mapping, compiled once and expanded once a row.

What the W3C's CSV on the Web leaves to RFC 6570 is used here up to its level 2: ``{name}`` percent-encodes
all but unreserved characters, ``{+name}`` keeps reserved ones and existing percent-encoding as well. Names
are the columns of the table. Two things differ from "Generating RDF from Tabular Data on the Web", section
4.2, on purpose:

* a relative result is appended to the project's base IRI (not resolved against the table's address), because
  a thing's name does not depend on the file that tells of it;
* a variable without a value makes the whole expansion empty, instead of leaving a hole in the IRI.

A result such as ``schema:City`` is a prefixed name of ``namespaces.PREFIXES``; any other scheme must be
followed by ``//``, so that a prefix nobody declared is noticed.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TypeAlias
from urllib.parse import quote

from mesmart_kg.namespaces import PREFIXES

Values: TypeAlias = Mapping[str, tuple[str, ...]]
"""The values of a row by column: none, one, or, in a column with a separator, several."""

_VARIABLE = re.compile(r"\{(\+?)(\w+)\}")
_PLAIN = re.compile(r"[A-Za-z0-9._~-]*\Z")
_STRAY_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_RESERVED = ":/?#[]@!$&'()*+,;=%"


class TemplateError(ValueError):
    """A template can't be compiled, or what it expands to is no IRI; the message says which and why."""


@dataclass(frozen=True)
class _Variable:
    name: str
    reserved: bool

    def quote(self, value: str) -> str:
        if _PLAIN.match(value):
            return value
        if self.reserved:
            return quote(_STRAY_PERCENT.sub("%25", value), safe=_RESERVED)
        return quote(value, safe="")


@dataclass(frozen=True)
class Template:
    """A compiled template; ``is_absolute`` if what it begins with already makes every result an IRI."""

    text: str
    parts: tuple[str | _Variable, ...]
    base: str
    is_absolute: bool

    @property
    def is_constant(self) -> bool:
        """Whether the template names no column, and so expands to the same IRI in every row."""
        return all(isinstance(part, str) for part in self.parts)

    @property
    def names(self) -> tuple[str, ...]:
        """The columns that the template names, each once."""
        return tuple(dict.fromkeys(part.name for part in self.parts if isinstance(part, _Variable)))

    def expand(self, values: Values) -> tuple[str, ...]:
        """Return the absolute IRIs, one for each combination of values; none if a variable has no value.

        Raises TemplateError for an unknown prefix.
        """
        texts = [""]
        for part in self.parts:
            if isinstance(part, str):
                texts = [text + part for text in texts]
                continue
            given = values.get(part.name, ())
            if len(given) == 1:
                quoted = part.quote(given[0])
                texts = [text + quoted for text in texts]
            else:
                texts = [text + part.quote(value) for text in texts for value in given]
        return tuple(texts) if self.is_absolute else tuple(resolve(text, self.base) for text in texts)


def compile_template(text: str, columns: Collection[str], base: str) -> Template:
    """Compile a template over the given columns. Raises TemplateError."""
    parts: list[str | _Variable] = []
    end = 0
    for match in _VARIABLE.finditer(text):
        if match.start() > end:
            parts.append(text[end : match.start()])
        if match[2] not in columns:
            raise TemplateError(
                f"the template {text!r} names a column {match[2]!r} that the table does not have"
            )
        parts.append(_Variable(match[2], bool(match[1])))
        end = match.end()
    if end < len(text):
        parts.append(text[end:])
    if any("{" in part or "}" in part for part in parts if isinstance(part, str)):
        raise TemplateError(
            f"the template {text!r} uses more than {{name}} and {{+name}}, which is all that is read"
        )
    # Where what the template begins with decides alone, an unknown prefix is found now and not in the first
    # row.
    is_absolute = (
        bool(parts) and isinstance(parts[0], str) and (len(parts) == 1 or "/" in parts[0] or ":" in parts[0])
    )
    if is_absolute:
        parts[0] = resolve(str(parts[0]), base)
    return Template(text, tuple(parts), base, is_absolute)


def resolve(text: str, base: str) -> str:
    """Return the IRI of a relative reference or a prefixed name; a text with ``//`` is one already."""
    scheme = _SCHEME.match(text)
    if scheme is None:
        if not text or text[0] in "/#?":
            raise TemplateError(f"{text!r} is not relative to the base IRI: leave out what it begins with")
        return base + text
    if text.startswith("//", scheme.end()):
        return text
    try:
        return PREFIXES[scheme[1]] + text[scheme.end() :]
    except KeyError:
        raise TemplateError(
            f"{text!r} begins with {scheme[1]!r}, which is no prefix of this project: see namespaces.PREFIXES"
        ) from None
