"""One frozen Config, from a file, the environment and flags.

The file is the table ``[tool.mesmart]`` of the checkout that holds the working directory, or the TOML file
named by ``--config`` or ``MESMART_CONFIG``: that one replaces the checkout's table, it is not merged with it.
Variables ``MESMART_<SECTION>__<KEY>`` come next, flags last. What nobody sets has a default: the project that
is packaged with the code, and a folder ``releases`` where the command runs.

A key that does not exist is an error, and so is a variable ``MESMART_…`` that names no setting:
a setting with a slip of the pen must not be silently without effect. Secrets come from the environment only.
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, TypeVar, get_type_hints
from urllib.parse import urlsplit

from mesmart_kg.errors import ConfigError
from mesmart_kg.namespaces import NAMESPACE

_T = TypeVar("_T")

VARIABLE_PREFIX: Final = "MESMART_"
FILE_VARIABLE: Final = "MESMART_CONFIG"
MASK: Final = "********"
"""What stands for a secret wherever settings are shown."""

PLACEHOLDER_EMAIL: Final = "redazione@city-communities.invalid"
"""Stands where nobody has set ``site.contact_email``: DCAT-AP_IT demands one; `.invalid` reaches no one."""


def _setting(
    default: _T, about: str, *, secret: bool = False, rule: Callable[[_T], str | None] | None = None
) -> _T:
    """Declare a setting; the rule returns what is expected when the value is not acceptable, else None."""
    value: _T = field(
        default=default, repr=not secret, metadata={"about": about, "secret": secret, "rule": rule}
    )
    return value


def _web_iri(value: str) -> str | None:
    parts = urlsplit(value)
    sound = parts.scheme in {"http", "https"} and parts.netloc and not parts.query and not parts.fragment
    return None if sound and value.endswith("/") else 'an IRI that starts with http and ends with "/"'


def _url_or_nothing(value: str) -> str | None:
    parts = urlsplit(value)
    if not value or (parts.scheme in {"http", "https"} and parts.hostname and "@" not in parts.netloc):
        return None
    return "a URL that starts with http and holds no password"


def _endpoints(value: tuple[str, ...]) -> str | None:
    for each in value:
        url = each.removeprefix("private:")
        if not url or _url_or_nothing(url):
            return "a list of URLs that start with http and hold no password, `private:` before those nearby"
    return None


def _between(least: float, most: float) -> Callable[[float], str | None]:
    return lambda value: None if least <= value <= most else f"a number from {least:g} to {most:g}"


def _at_least(least: float) -> Callable[[float], str | None]:
    return lambda value: None if value >= least else f"a number not below {least:g}"


def _one_of(*choices: str) -> Callable[[str], str | None]:
    return lambda value: None if value in choices else "one of " + ", ".join(choices)


def _languages(value: tuple[str, ...]) -> str | None:
    return (
        None
        if value and set(value) <= {"it", "en"}
        else 'a list of "it" and "en", the reader\'s default first'
    )


def _something(value: str) -> str | None:
    return None if value.strip() else "some text"


@dataclass(frozen=True)
class Site:
    """Who publishes, under which IRIs, in which words."""

    base_iri: str = _setting(NAMESPACE, "The IRI under which our own things are named.", rule=_web_iri)
    title_it: str = _setting(
        "Le comunità europee delle città", "The dataset's title in Italian.", rule=_something
    )
    title_en: str = _setting(
        "The European communities of cities", "The dataset's title in English.", rule=_something
    )
    languages: tuple[str, ...] = _setting(
        ("it", "en"), "Languages of pages and labels; the first is the default.", rule=_languages
    )
    publisher: str = _setting("city-communities", "Who publishes and holds the rights.", rule=_something)
    publisher_identifier: str = _setting(
        "city-communities",
        "The publisher's code: of an Italian public body, that of the index IPA.",
        rule=_something,
    )
    contact_name: str = _setting("city-communities", "Whom readers may write to.", rule=_something)
    contact_email: str = _setting(
        PLACEHOLDER_EMAIL, "The address of that contact; set it before you publish.", rule=_something
    )
    contact_url: str = _setting(NAMESPACE, "A page of that contact.", rule=_url_or_nothing)
    licence: str = _setting(
        "https://creativecommons.org/licenses/by/4.0/", "The IRI of the data's licence.", rule=_url_or_nothing
    )


@dataclass(frozen=True)
class Paths:
    """Where the sources are and where releases go; relative paths start at the file that names them."""

    ontology: Path = _setting(Path("ontology"), "The ontology and its rules.")
    data: Path = _setting(Path("data"), "The facts, the concepts and the list of sources.")
    shapes: Path = _setting(Path("shapes"), "The SHACL shapes.")
    queries: Path = _setting(Path("queries"), "The named queries.")
    releases: Path = _setting(Path("releases"), "The shelf of releases.")
    work: Path | None = _setting(
        Path(".mesmart/work"),
        "Where a build keeps the work that the next one need not do again; empty keeps none.",
    )


@dataclass(frozen=True)
class BuildSettings:
    """What a build may take of the machine."""

    jobs: int = _setting(0, "How many processes work at once; 0 takes all cores.", rule=_between(0, 1024))
    cache: int = _setting(
        4096, "MiB of work that are kept from one build to the next, in `paths.work`.", rule=_at_least(1)
    )
    memory: int = _setting(
        0,
        "MiB that the data may take in memory while they are validated; beyond, they are put on disk. "
        "0 takes half of the machine's memory.",
        rule=_at_least(0),
    )


@dataclass(frozen=True)
class EngineSettings:
    """What answers queries, and what one query may cost."""

    kind: str = _setting(
        "embedded", "`embedded` (in our own processes) or `remote`.", rule=_one_of("embedded", "remote")
    )
    endpoint: str = _setting("", "The URL of the SPARQL endpoint of a remote engine.", rule=_url_or_nothing)
    update: str = _setting(
        "",
        "The URL of the SPARQL Update endpoint of a remote engine, for `mesmart load`.",
        rule=_url_or_nothing,
    )
    graph_store: str = _setting(
        "", "The URL of its Graph Store Protocol, for `mesmart load`.", rule=_url_or_nothing
    )
    load_user: str = _setting("", "The user name under which `mesmart load` writes to it.")
    load_password: str = _setting("", "Its password; read from the environment only.", secret=True)
    storage: str = _setting(
        "auto",
        "Where the embedded engine holds a release: in `memory`, on `disk`, or `auto`: in memory if it fits.",
        rule=_one_of("auto", "memory", "disk"),
    )
    memory_budget: int = _setting(
        0,
        "MiB that a release may take in memory, with all that its workers copy of it, before it is held on "
        "disk; 0 takes half of the machine's memory.",
        rule=_at_least(0),
    )
    user: str = _setting("", "The user name for a remote engine that asks for one.")
    password: str = _setting("", "Its password; read from the environment only.", secret=True)
    seconds: float = _setting(10.0, "The deadline of a query, in seconds.", rule=_between(0.05, 3600))
    memory: int = _setting(
        512, "MiB of memory a query may take beyond the release itself.", rule=_at_least(16)
    )
    size: int = _setting(1024, "The largest answer, in MiB as it is sent.", rule=_at_least(1))
    patience: float = _setting(
        60.0, "How long a slow reader may let an answer wait, in seconds.", rule=_between(1, 3600)
    )
    queue: int = _setting(128, "How many queries may wait for a free worker.", rule=_between(0, 100_000))
    workers: int = _setting(4, "How many queries run at once.", rule=_between(1, 256))
    nesting: int = _setting(
        100, "How deep the groups and brackets of a query may nest.", rule=_between(5, 500)
    )
    cache: int = _setting(
        256, "MiB of memory for answers that are kept; 0 keeps none.", rule=_between(0, 1024 * 1024)
    )
    releases: int = _setting(
        1, "How many older releases, asked by `?release=`, are held open at once.", rule=_between(0, 100)
    )
    services: tuple[str, ...] = _setting(
        (),
        "The SPARQL endpoints that SERVICE may name, each by its URL; one that stands on this host or in a "
        "private network begins with `private:`.",
        rule=_endpoints,
    )
    service_seconds: float = _setting(
        10.0, "How long an endpoint named by SERVICE may take, in seconds.", rule=_between(0.05, 3600)
    )
    service_rows: int = _setting(
        10_000, "How many rows an endpoint named by SERVICE may answer.", rule=_between(1, 1_000_000)
    )


@dataclass(frozen=True)
class WebSettings:
    """How the site is served."""

    host: str = _setting("127.0.0.1", "The address to listen on.", rule=_something)
    port: int = _setting(8010, "The port to listen on; 0 takes a free one.", rule=_between(0, 65535))
    public_url: str = _setting(
        "",
        "The address under which readers reach the site, such as `https://data.example.org/`; without it, "
        "the one that a request names.",
        rule=lambda value: _web_iri(value) if value else None,
    )
    follow: float = _setting(
        5.0,
        "Seconds between two looks at the shelf for another current release, which is then served in its "
        "place; 0 never looks.",
        rule=_between(0, 86_400),
    )
    threads: int = _setting(16, "How many pages are made at once.", rule=_between(1, 1024))
    pages: int = _setting(
        64, "MiB of memory for finished pages that are kept; 0 keeps none.", rule=_between(0, 1024 * 1024)
    )
    connections: int = _setting(4096, "How many connections are open at once.", rule=_between(16, 1_000_000))
    trusted_proxies: int = _setting(
        0, "How many proxies stand in front, whose X-Forwarded headers are believed.", rule=_between(0, 10)
    )
    max_query_bytes: int = _setting(100_000, "The longest query accepted, in bytes.", rule=_at_least(1000))
    requests: int = _setting(
        6000,
        "How many queries that must be computed one client may send in a window of time; 0 sets no limit.",
        rule=_at_least(0),
    )
    window: int = _setting(60, "The length of that window, in seconds.", rule=_between(1, 86_400))
    max_age: int = _setting(
        300,
        "Seconds for which browsers and proxies may keep an answer unasked.",
        rule=_between(0, 31_536_000),
    )
    drawn: int = _setting(
        2000,
        "How many cities of communities the map and the home page draw; where there are more, those of the "
        "largest communities, and the others one community at a time.",
        rule=_between(1, 1_000_000),
    )
    listed: int = _setting(
        150,
        "How many members of a community, a country or an event one page of it lists; where there are more, "
        "the list has several pages. A page of the timeline has as many entries.",
        rule=_between(10, 10_000),
    )
    spreadsheet_rows: int = _setting(
        100_000, "The most rows of an answer as XLSX or GeoJSON.", rule=_between(1, 1_048_570)
    )
    max_upload: int = _setting(
        10, "The largest table that may be uploaded to be linked, in MiB.", rule=_between(1, 1024)
    )
    upload_rows: int = _setting(20_000, "The most rows of such a table.", rule=_between(1, 1_000_000))
    uploads: int = _setting(
        8, "How many tables and batches may be on their way at once.", rule=_between(1, 10_000)
    )
    reconcile_queries: int = _setting(
        1000, "The most names of one request to the reconciliation service.", rule=_between(1, 100_000)
    )
    lookups: int = _setting(
        10_000, "The most codes or IRIs of one request to look them up.", rule=_between(1, 1_000_000)
    )
    query_log: str = _setting(
        "", "Where queries are noted, one JSON object a line: a file, or `-` for standard output."
    )
    log_addresses: bool = _setting(False, "Whether that log holds the addresses of clients.")
    log_queries: bool = _setting(False, "Whether that log holds the texts of queries.")


@dataclass(frozen=True)
class InboxSettings:
    """What others may send us, for a curator to look at."""

    folder: Path | None = _setting(
        Path("inbox"),
        "Where links and corrections that others send are kept until a curator has looked; empty takes none.",
    )
    offers: int = _setting(500, "How many may wait for the curator.", rule=_between(1, 1_000_000))
    size: int = _setting(512, "The largest message, in KiB.", rule=_between(1, 100_000))
    a_day: int = _setting(50, "How many one client may send in a day.", rule=_between(1, 1_000_000))


@dataclass(frozen=True)
class Setting:
    """One effective setting, for `mesmart config` and the documentation; the value of a secret is masked."""

    section: str
    key: str
    value: str | int | float | bool | Path | tuple[str, ...] | None
    origin: str
    about: str
    secret: bool

    @property
    def name(self) -> str:
        return f"{self.section}.{self.key}"

    @property
    def variable(self) -> str:
        return _name_variable(self.section, self.key)


@dataclass(frozen=True)
class Config:
    """All settings. ``origins`` tells, for each that is not a default, where it was set."""

    site: Site = Site()
    paths: Paths = Paths()
    build: BuildSettings = BuildSettings()
    engine: EngineSettings = EngineSettings()
    web: WebSettings = WebSettings()
    inbox: InboxSettings = InboxSettings()
    origins: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    def settings(self) -> Iterator[Setting]:
        """Yield every setting, in the order in which they are declared, secrets masked."""
        for section in _SECTIONS:
            values = getattr(self, section)
            for each in fields(values):
                value = getattr(values, each.name)
                secret = each.metadata["secret"]
                if secret and value:
                    value = MASK
                name = f"{section}.{each.name}"
                yield Setting(
                    section,
                    each.name,
                    value,
                    self.origins.get(name, "default"),
                    each.metadata["about"],
                    secret,
                )


_SECTIONS: Final = MappingProxyType(
    {
        "site": Site,
        "paths": Paths,
        "build": BuildSettings,
        "engine": EngineSettings,
        "web": WebSettings,
        "inbox": InboxSettings,
    }
)


def _name_variable(section: str, key: str) -> str:
    return f"{VARIABLE_PREFIX}{section}__{key}".upper()


def project_folder() -> Path:
    """Return the folder that holds ontology, data, shapes and queries when no configuration names others.

    In an installed wheel it is packaged with the code; in a checkout it is the checkout.
    """
    package = Path(str(files("mesmart_kg")))
    packaged = package / "project"
    return packaged if packaged.is_dir() else package.parent.parent


def load_config(
    flags: Mapping[str, object], environ: Mapping[str, str], cwd: Path, file: Path | None = None
) -> Config:
    """Put the settings together: defaults, then the file, then the environment, then flags.

    ``flags`` maps a name such as ``web.port`` to a value; None means that the flag was not given. Raises
    ConfigError for an unknown key, a bad value, or a file that can't be read.
    """
    origins: dict[str, str] = {}
    config = _defaults(cwd)
    for name, raw, folder, origin in _layers(flags, environ, cwd, file):
        section, key = _find_setting(name, origin)
        value = _convert(section, key, raw, folder, origin)
        config = replace(config, **{section: replace(getattr(config, section), **{key: value})})
        origins[f"{section}.{key}"] = origin
    if config.engine.kind == "remote" and not config.engine.endpoint:
        raise ConfigError("engine.kind is remote, but engine.endpoint does not say where that engine is")
    return replace(config, origins=MappingProxyType(origins))


def _defaults(cwd: Path) -> Config:
    project = project_folder()
    return Config(
        paths=Paths(
            ontology=project / "ontology",
            data=project / "data",
            shapes=project / "shapes",
            queries=project / "queries",
            releases=cwd / "releases",
            work=cwd / ".mesmart" / "work",
        ),
        inbox=InboxSettings(folder=cwd / "inbox"),
    )


def _layers(
    flags: Mapping[str, object], environ: Mapping[str, str], cwd: Path, file: Path | None
) -> Iterator[tuple[str, object, Path, str]]:
    """Yield name, raw value, folder that relative paths start from, and origin; later ones win."""
    named = file or (cwd / environ[FILE_VARIABLE] if environ.get(FILE_VARIABLE) else None)
    source = cwd / named if named else _find_checkout(cwd)
    if source is not None:
        table = _read_toml(source) if named else _read_toml(source)["tool"]["mesmart"]
        for section, values in table.items():
            if not isinstance(values, dict):
                raise ConfigError(
                    f"{section} = {values!r} ({source}): a setting stands in a section, as in [web]"
                )
            for key, value in values.items():
                yield f"{section}.{key}", value, source.parent, str(source)
    for variable, text in sorted(environ.items()):
        if variable.startswith(VARIABLE_PREFIX) and variable != FILE_VARIABLE:
            name = variable.removeprefix(VARIABLE_PREFIX).lower().replace("__", ".", 1)
            yield name, text, cwd, f"the variable {variable}"
    for name, value in flags.items():
        if value is not None:
            yield name, value, cwd, f"the flag --{name.rpartition('.')[2].replace('_', '-')}"


def _find_checkout(cwd: Path) -> Path | None:
    """Return the pyproject.toml with a table [tool.mesmart] in this folder or the nearest one above it."""
    for folder in (cwd, *cwd.parents):
        candidate = folder / "pyproject.toml"
        if candidate.is_file() and "mesmart" in _read_toml(candidate).get("tool", {}):
            return candidate
    return None


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise ConfigError(f"the configuration file {path} can't be read: {error.strerror}") from error
    except ValueError as error:  # not UTF-8, or not TOML
        raise ConfigError(f"the configuration file {path} is not TOML: {error}") from error


def _find_setting(name: str, origin: str) -> tuple[str, str]:
    known = {
        f"{section}.{each.name}": (section, each.name)
        for section, kind in _SECTIONS.items()
        for each in fields(kind)
    }
    if name in known:
        return known[name]
    near = difflib.get_close_matches(name, known, n=1, cutoff=0)
    raise ConfigError(f"unknown setting {name} ({origin}); the nearest that exists is {near[0]}")


def _convert(section: str, key: str, raw: object, folder: Path, origin: str) -> object:
    """Return the value in the setting's type; text from variables is read as that type."""
    kind = get_type_hints(_SECTIONS[section])[key]
    metadata = next(each.metadata for each in fields(_SECTIONS[section]) if each.name == key)
    shown = MASK if metadata["secret"] else repr(raw)
    if metadata["secret"] and not origin.startswith("the variable "):
        variable = _name_variable(section, key)
        raise ConfigError(f"{section}.{key} is a secret: set the variable {variable} instead of {origin}")
    value, expected = _read_value(kind, raw, folder)
    if expected is None and metadata["rule"] is not None:
        expected = metadata["rule"](value)
    if expected is not None:
        raise ConfigError(f"{section}.{key} = {shown} ({origin}): expected {expected}")
    return value


def _read_value(kind: object, raw: object, folder: Path) -> tuple[object, str | None]:
    """Return the value and None, or anything and what was expected."""
    if kind is str:
        return (raw, None) if isinstance(raw, str) else (raw, "text")
    if raw == "" and kind == Path | None:
        return None, None
    if kind is Path or kind == Path | None:
        return (folder / Path(raw).expanduser(), None) if isinstance(raw, str | Path) else (raw, "a path")
    if kind is bool:
        word = raw.strip().lower() if isinstance(raw, str) else raw
        known = {True: True, False: False, "true": True, "false": False}
        return (
            (known[word], None)
            if word in ("true", "false") or isinstance(word, bool)
            else (raw, "true or false")
        )
    if kind is int or kind is float:
        if isinstance(raw, bool) or not isinstance(raw, str | int | float):
            return raw, "a number"
        try:
            return int(str(raw)) if kind is int else float(raw), None
        except ValueError:
            return raw, "a whole number" if kind is int else "a number"
    items = [part.strip() for part in raw.split(",") if part.strip()] if isinstance(raw, str) else raw
    if isinstance(items, list | tuple) and all(isinstance(item, str) for item in items):
        return tuple(items), None
    return raw, "a list of texts"
