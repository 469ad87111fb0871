"""JSON-LD contexts, so that plain JSON can speak in our terms, with a frame and an example for each class.

``ontology/contexts/{date}.jsonld`` is a context as it was published on that day: it is never changed, since
records of others rely on it. What is to be said otherwise gets a new file. ``ontology/frames/{Class}.jsonld``
makes of any RDF the JSON that ``ontology/frames/examples/{Class}.jsonld`` shows of a real thing. A build
copies all of them into the release, and the server gives them from there.

Specifications: JSON-LD 1.1, section 9.15 (context definitions); JSON-LD 1.1 Framing.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from mesmart_kg.errors import FactError
from mesmart_kg.namespaces import NAMESPACE

CONTEXT: Final = f"{NAMESPACE}context"
"""The IRI of the newest context; that of a dated one goes on with a slash and its day."""

_CONTEXTS: Final = "contexts"
_FRAMES: Final = "frames"
_EXAMPLES: Final = "frames/examples"
_ENDING: Final = ".jsonld"
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_CLASS: Final = re.compile(r"[A-Z][A-Za-z]{0,59}")


@dataclass(frozen=True)
class Context:
    """A context as it was published; ``day`` is ``YYYY-MM-DD``, ``sha256`` in hexadecimal digits."""

    day: str
    data: bytes

    @property
    def iri(self) -> str:
        return f"{CONTEXT}/{self.day}"

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.data).hexdigest()

    @property
    def definitions(self) -> Mapping[str, Any]:
        """What each key means: an IRI, perhaps with a prefix, or an expanded definition."""
        found: Mapping[str, Any] = json.loads(self.data)["@context"]
        return found

    def expand(self, name: str) -> str:
        """Return the IRI of a key or a prefixed name; the name itself where the context knows neither."""
        told = self.definitions
        meaning = told.get(name, name)
        text = str(meaning.get("@id", name)) if isinstance(meaning, dict) else str(meaning)
        prefix, colon, local = text.partition(":")
        namespace = told.get(prefix)
        return f"{namespace}{local}" if colon and isinstance(namespace, str) else text


@dataclass(frozen=True)
class Frame:
    """The frame of a class, and the record of a real thing of that class; both are JSON-LD texts."""

    name: str
    frame: str
    example: str

    @property
    def record(self) -> Mapping[str, Any]:
        """The example, read."""
        found: Mapping[str, Any] = json.loads(self.example)
        return found


def read_files(ontology: Path) -> dict[str, bytes]:
    """Return the files that a release holds, by their path in it; empty for an ontology without contexts.

    Raises FactError for what is no JSON, has another name than the layout wants, or would make a reader of
    it fetch a context from elsewhere.
    """
    found: dict[str, bytes] = {}
    contexts = {f"{CONTEXT}/{path.stem}" for path in (ontology / _CONTEXTS).glob(f"*{_ENDING}")}
    for folder, name in ((_CONTEXTS, _DAY), (_FRAMES, _CLASS), (_EXAMPLES, _CLASS)):
        for path in sorted((ontology / folder).glob(f"*{_ENDING}")):
            place = f"ontology/{folder}/{path.name}"
            if not name.fullmatch(path.stem):
                raise FactError(f"{path.stem} is no name for a file in {folder}", place, 0)
            data = path.read_bytes()
            _check(data, place, frozenset[str]() if folder == _CONTEXTS else contexts)
            found[f"{folder}/{path.name}"] = data
    return found


def _check(data: bytes, place: str, known: Set[str]) -> None:
    try:
        document = json.loads(data)
    except ValueError as error:
        raise FactError(f"this is no JSON: {error}", place, getattr(error, "lineno", 0)) from error
    if not isinstance(document, dict) or "@context" not in document:
        raise FactError("this has no @context", place, 1)
    for address in _find_addresses(document):
        if address not in known:
            raise FactError(f"{address} would have to be fetched: it is no context of ours", place, 1)


def _find_addresses(value: Any) -> Iterator[str]:
    """Yield all that a JSON-LD processor would fetch to read a document: contexts by address, imports."""
    if isinstance(value, list):
        for each in value:
            yield from _find_addresses(each)
    elif isinstance(value, dict):
        told = value.get("@context", ())
        yield from (each for each in (told if isinstance(told, list) else [told]) if isinstance(each, str))
        yield from (str(value[name]) for name in ("@import",) if name in value)
        for each in value.values():
            yield from _find_addresses(each)


def read_contexts(inputs: Path) -> tuple[Context, ...]:
    """Return the contexts of a release, by the folder of its inputs, the newest first."""
    files = sorted((inputs / _CONTEXTS).glob(f"*{_ENDING}"), reverse=True)
    return tuple(Context(path.stem, path.read_bytes()) for path in files)


def read_frames(inputs: Path) -> tuple[Frame, ...]:
    """Return the frames of a release that have an example, by class."""
    return tuple(
        Frame(path.stem, path.read_text("utf-8"), example.read_text("utf-8"))
        for path in sorted((inputs / _FRAMES).glob(f"*{_ENDING}"))
        if (example := inputs / _EXAMPLES / path.name).is_file()
    )


def relocate(text: str, address: str) -> str:
    """Return a frame or an example that names its context where a site gives it: below an address."""
    return text.replace(f'"{CONTEXT}/', f"{json.dumps(address)[:-1]}/", 1)
