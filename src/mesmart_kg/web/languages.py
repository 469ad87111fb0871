"""The reader's language: ``?lang``, then Accept-Language, then the site's first; and our words in it.

The catalogues are read from their ``.po`` files when the application is made, so there is nothing to
compile, to forget to compile, or to ship twice. Message ids are the English words; the English catalogue is
for those that read better otherwise.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from gettext import GNUTranslations, NullTranslations
from importlib.resources import files
from io import BytesIO
from typing import Any, Final
from urllib.parse import urlencode

from babel.dates import format_date
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal
from flask import Flask, g, request
from werkzeug.datastructures import LanguageAccept
from werkzeug.http import parse_accept_header

LANGUAGES: Final = ("it", "en")

NAMES: Final = {"it": "Italiano", "en": "English"}
"""Each language as it calls itself."""


def choose_language(wanted: str | None, accept: str | None, languages: Sequence[str]) -> str:
    """Return one of ``languages``: the one asked for, else the best by Accept-Language, else the first."""
    if wanted and wanted.lower() in languages:
        return wanted.lower()
    wishes = parse_accept_header(accept or "", LanguageAccept)
    return wishes.best_match(languages) or languages[0]


def read_catalogue(language: str) -> NullTranslations:
    """Read our words in a language: one file for each part of the site; none repeats another's words."""
    folder = files("mesmart_kg.web") / "translations" / language / "LC_MESSAGES"
    whole = Catalog(locale=language)
    for source in sorted(folder.iterdir(), key=lambda each: each.name):
        if source.name.endswith(".po"):
            with source.open("rb") as opened:
                for message in read_po(opened, locale=language):
                    if message.id:
                        whole[message.id] = message
    compiled = BytesIO()
    write_mo(compiled, whole)
    compiled.seek(0)
    return GNUTranslations(compiled)


def language() -> str:
    """Return the language of the present request."""
    chosen: str = g.language
    return chosen


def translate(words: str, **values: Any) -> str:
    """Return words of ours in the language of the present request, with values put in."""
    catalogue: NullTranslations = g.catalogue
    return catalogue.gettext(words) % values if values else catalogue.gettext(words)


def to_words(moment: str, language: str) -> str:
    """Return a date of any precision (year, month or day, ISO 8601) in words; another text as it is."""
    locale = {"en": "en_GB"}.get(language, language)
    try:
        day = date.fromisoformat(f"{moment}-01" if len(moment) == len("2021-06") else moment[:10])
    except ValueError:
        return moment
    return format_date(day, "MMMM y" if len(moment) == len("2021-06") else "long", locale)


def register(app: Flask, languages: Sequence[str]) -> None:
    """Choose a language for every request, and teach it to the templates."""
    catalogues = {each: read_catalogue(each) for each in LANGUAGES}
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]  # the extension adds it
        lambda words: g.catalogue.gettext(words),
        lambda one, many, count: g.catalogue.ngettext(one, many, count),
        newstyle=True,
    )
    app.jinja_env.filters["number"] = lambda value: format_decimal(value, locale=language())
    app.jinja_env.filters["day"] = lambda value: to_words(value, language())

    @app.before_request
    def choose() -> None:
        g.language = choose_language(
            request.args.get("lang"), request.headers.get("Accept-Language"), languages
        )
        g.catalogue = catalogues[g.language]

    @app.context_processor
    def words() -> dict[str, Any]:
        return {
            "language": g.language,
            "languages": [(each, NAMES[each]) for each in languages],
            "in_language": in_language,
            # A language that was asked for stays while one follows links; a guessed one is guessed anew.
            "kept": {"lang": g.language} if "lang" in request.args else {},
        }


def in_language(code: str) -> str:
    """Return the address of the present page in another language."""
    arguments = [(key, value) for key, value in request.args.items(multi=True) if key != "lang"]
    return f"{request.path}?{urlencode([*arguments, ('lang', code)])}"
