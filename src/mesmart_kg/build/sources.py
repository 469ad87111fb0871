"""The files that a release is made from, and the makers: what decides its bytes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from types import MappingProxyType
from typing import Final

from mesmart_kg.config import Config, project_folder
from mesmart_kg.errors import ConfigError
from mesmart_kg.release import hash_file

_MAKERS: Final = ("mesmart_kg", "pyoxigraph", "rdflib", "owlrl", "pyshacl", "csvw")
# What these rooms do has no part in the making of a release.
_NOT_MAKERS: Final = ("cli", "web", "engine", "label_index", "linksets", "__main__.py")


@dataclass(frozen=True)
class Sources:
    """The files that a release is made from: names relative to the project, and their SHA-256.

    ``bytes`` is the size of them all.
    """

    digests: Mapping[str, str]
    bytes: int

    @property
    def digest(self) -> str:
        """The SHA-256 over all of them, and the settings that show in a release."""
        return hashlib.sha256(json.dumps(dict(self.digests), sort_keys=True).encode()).hexdigest()


def read_sources(config: Config) -> Sources:
    """Return the digests of all files that a release is made from. ConfigError: a folder is missing."""
    digests: dict[str, str] = {}
    size = 0
    for name in ("ontology", "data", "shapes", "queries"):
        folder: Path = getattr(config.paths, name)
        if not folder.is_dir():
            raise ConfigError(f"paths.{name} names {folder}, which is no folder")
        for path in sorted(folder.rglob("*")):
            relative = path.relative_to(folder)
            if path.is_file() and not any(part.startswith(".") for part in relative.parts):
                digests[f"{name}/{relative.as_posix()}"] = hash_file(path)
                size += path.stat().st_size
    for path in find_shared_concepts(config):
        digests[f"concepts/{path.name}"] = hash_file(path)
    closed = {} if config.inbox.folder else {"inbox": "closed"}
    site = json.dumps(asdict(config.site) | closed, sort_keys=True)
    digests["settings"] = hashlib.sha256(site.encode()).hexdigest()
    return Sources(MappingProxyType(digests), size)


def find_makers() -> Mapping[str, str]:
    """Return the version of each library, and a digest of our own code, which changes between versions."""
    package = Path(__file__).parents[1]
    digest = hashlib.sha256()
    for path in sorted(package.rglob("*.py")):
        relative = path.relative_to(package)
        if relative.parts[0] not in _NOT_MAKERS:
            digest.update(relative.as_posix().encode() + b"\0" + path.read_bytes())
    versions = {name: version(name) for name in _MAKERS}
    return MappingProxyType({**versions, "code": digest.hexdigest()})


def find_shared_concepts(config: Config) -> tuple[Path, ...]:
    """Return the vocabularies that come with the software, for a project that takes its ontology from there.

    Ontology, shapes and vocabularies stand under one namespace and belong together. A file of the project's
    own of the same name takes the place of a shared one.
    """
    packaged = project_folder()
    ontology, data = (path.resolve() for path in (config.paths.ontology, config.paths.data))
    if ontology != (packaged / "ontology").resolve() or data == (packaged / "data").resolve():
        return ()
    files = sorted((packaged / "data" / "concepts").glob("*.ttl"))
    return tuple(path for path in files if not (data / "concepts" / path.name).is_file())


def find_ontology(config: Config) -> Path:
    """Return the file of the ontology."""
    return config.paths.ontology / "city-communities.ttl"
