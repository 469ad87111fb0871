"""What the command line tells of a new city, judged before anything is written.

A base IRI can't be changed later without breaking every link that others have made, so it is looked at with
care: each refusal says why, and what to write instead.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from mesmart_kg.errors import ConfigError
from mesmart_kg.facts import slug
from mesmart_kg.namespaces import NAMESPACE

LONGEST: Final = 200
"""Characters of a name or title."""

_COUNTRY: Final = re.compile(r"[a-z]{2}")
_LANGUAGE: Final = re.compile(r"[a-z]{2}")
_PATH: Final = re.compile(r"/(?:[A-Za-z0-9._~-]+/)*")
_LABEL: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?")
_WEB: Final = re.compile(r"https?://[^\s<>\"{}|\\^`]+")


@dataclass(frozen=True)
class NewCity:
    """A city that begins to publish.

    ``slug`` is the end of its IRI, ``be-gent``. ``same_as`` is the IRI of the same city elsewhere, or empty;
    ``language`` the code of the language of ``name``, or empty; ``peer`` the URL of a SPARQL endpoint that
    SERVICE may name, as the setting ``engine.services`` takes it, or empty.
    """

    base_iri: str
    name: str
    name_it: str
    name_en: str
    country: str
    slug: str
    language: str
    title_it: str
    title_en: str
    publisher: str
    same_as: str
    peer: str

    @property
    def iri(self) -> str:
        return f"{self.base_iri}id/city/{self.slug}"

    @property
    def publisher_slug(self) -> str:
        return slug(self.publisher)


def describe_city(
    base_iri: str,
    name: str,
    country: str,
    *,
    name_it: str = "",
    name_en: str = "",
    language: str = "",
    title_it: str = "",
    title_en: str = "",
    publisher: str = "",
    same_as: str = "",
    peer: str = "",
) -> NewCity:
    """Return the city, what was not told filled in from its name. Raises ConfigError, with the remedy."""
    check_base_iri(base_iri)
    names = {"--name": name, "--name-it": name_it or name, "--name-en": name_en or name}
    titles = {
        "--title-it": title_it or f"Le comunità di {names['--name-it']}",
        "--title-en": title_en or f"The communities of {names['--name-en']}",
        "--publisher": publisher or name,
    }
    for flag, text in (names | titles).items():
        _check_text(flag, text)
    code = country.lower()
    if not _COUNTRY.fullmatch(code):
        raise ConfigError(f"--country {country!r}: write the ISO 3166-1 code of two letters, such as it")
    if language and not _LANGUAGE.fullmatch(language):
        raise ConfigError(f"--language {language!r}: write the code of two letters, such as nl")
    for flag, url in (("--same-as", same_as), ("--peer", peer.removeprefix("private:"))):
        if url and not _WEB.fullmatch(url):
            raise ConfigError(f"{flag} {url!r}: write an address that starts with http")
    return NewCity(
        base_iri=base_iri,
        name=name.strip(),
        name_it=names["--name-it"].strip(),
        name_en=names["--name-en"].strip(),
        country=code,
        slug=f"{code}-{slug(name)}",
        language=language,
        title_it=titles["--title-it"].strip(),
        title_en=titles["--title-en"].strip(),
        publisher=titles["--publisher"].strip(),
        same_as=same_as,
        peer=peer,
    )


def check_base_iri(iri: str) -> None:
    """Raise ConfigError where names under this base would not last, or would not be the city's own."""
    wrong = find_fault(iri)
    if wrong is not None:
        raise ConfigError(f"--base-iri {iri!r}: {wrong}")


def find_fault(iri: str) -> str | None:
    """Return why an IRI is no base for names that last, and the remedy; None if it is one."""
    try:
        parts = urlsplit(iri)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return "this is no web address; write one such as https://data.example.org/"
    if parts.scheme not in ("http", "https") or not host:
        return (
            "names are looked up on the web: begin with https:// and a host, as in https://data.example.org/"
        )
    if "@" in parts.netloc:
        return "a name is seen by everybody: leave out the user and the password"
    if parts.query or parts.fragment or "?" in iri or "#" in iri:
        return "what follows is appended to it, as in …/id/city/xx-name: leave out what begins with ? or #"
    if not iri.endswith("/"):
        return f"what follows is appended to it: end it with a slash, {iri}/"
    if iri.startswith(NAMESPACE) or iri == NAMESPACE.replace("https", "http"):
        return "this is the namespace that all cities share: take an address that is your own"
    return _find_fault_of_host(host, parts.netloc) or (
        "a port may change with the server: leave it out; the server may listen on any"
        if port is not None
        else None
        if _PATH.fullmatch(parts.path) and not {".", ".."} & set(parts.path.split("/"))
        else "use only plain letters, digits, hyphens and single slashes after the host: they survive copying"
    )


def _find_fault_of_host(host: str, netloc: str) -> str | None:
    lasting = "names must mean the same everywhere; you can still try all of it on your own computer"
    try:
        ipaddress.ip_address(host)
    except ValueError:
        pass
    else:
        return f"a number is the address of one machine: take the name of a host you own, {lasting}"
    if "." not in host or host.endswith(".localhost"):
        return f"{host} is another machine for everyone: take the name of a host you own, {lasting}"
    if netloc != netloc.lower() or not all(_LABEL.fullmatch(label) for label in host.split(".")):
        return "write the host in small letters from a to z, digits, hyphens and dots (xn--… for others)"
    return None


def _check_text(flag: str, text: str) -> None:
    if not text.strip():
        raise ConfigError(f"{flag} is empty: write what people call it")
    if len(text) > LONGEST or not text.isprintable():
        raise ConfigError(f"{flag} {text[:40]!r}: write one line of at most {LONGEST} characters")
    if flag in ("--name", "--publisher"):
        try:
            slug(text)
        except ValueError as error:
            message = "no address can be made of it: write it in Latin letters too, as in “Αθήνα” → Athina"
            raise ConfigError(f"{flag} {text!r}: {message}") from error
