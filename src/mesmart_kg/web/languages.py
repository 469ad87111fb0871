"""The reader's language: ``?lang``, then Accept-Language, then the site's first; and our words in it.

The catalogues are read from their ``.po`` files when the application is made, so there is nothing to
compile, to forget to compile, or to ship twice. Message ids are the English words; the English catalogue is
for those that read better otherwise.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import lru_cache
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
from jinja2 import pass_eval_context
from jinja2.nodes import EvalContext
from markupsafe import Markup
from werkzeug.datastructures import LanguageAccept
from werkzeug.http import parse_accept_header

from mesmart_kg.web.directions import settle

LANGUAGES: Final = ("it", "en")

LONGEST_DATE: Final = 40
"""Characters that are shown of what should be a date and is none, as in data that nobody validated."""

MOST_LANGUAGES: Final = 8
"""Languages of one reader in which names are looked for."""

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


def reader_languages() -> tuple[str, ...]:
    """Return the languages of the present reader, the page's first: names of the data may be in any."""
    wished = [tag for tag, weight in request.accept_languages if weight > 0]
    return tuple(dict.fromkeys((language(), *wished)))[:MOST_LANGUAGES]


def translate(words: str, **values: Any) -> str:
    """Return words of ours in the language of the present request, with values put in."""
    catalogue: NullTranslations = g.catalogue
    return catalogue.gettext(words) % values if values else catalogue.gettext(words)


def count_in_words(one: str, many: str, count: int) -> str:
    """Return the words for so many, by the plural rules of the language of the present request."""
    catalogue: NullTranslations = g.catalogue
    return catalogue.ngettext(one, many, count) % {"num": count}


def to_words(moment: str, language: str) -> str:
    """Return a date of any precision (year, month or day, ISO 8601) in words; another text cut short."""
    return _to_words(moment[: LONGEST_DATE + 1], language)


@lru_cache(maxsize=4096)  # a table says the same in each row
def _to_words(moment: str, language: str) -> str:
    locale = {"en": "en_GB"}.get(language, language)
    try:
        day = date.fromisoformat(f"{moment}-01" if len(moment) == len("2021-06") else moment[:10])
    except ValueError:
        return settle(moment[:LONGEST_DATE])
    return format_date(day, "MMMM y" if len(moment) == len("2021-06") else "long", locale)


@lru_cache(maxsize=4096)
def _to_number(value: float, language: str) -> str:
    return str(format_decimal(value, locale=language))


@lru_cache(maxsize=4096)
def _find_markup(catalogue: NullTranslations, words: str) -> Markup:
    return Markup(catalogue.gettext(words))  # noqa: S704 - our own words


@pass_eval_context
def _say(context: EvalContext, words: str, /, **values: Any) -> str:
    """Return words of ours to a template; what Jinja's own ``gettext`` does, at a tenth of its time."""
    if not context.autoescape:
        return str(g.catalogue.gettext(words)) % values
    said = _find_markup(g.catalogue, words)
    # Even words without values are a format: they may hold a doubled per cent sign.
    return said % values if values or "%" in said else said


def register(app: Flask, languages: Sequence[str]) -> None:
    """Choose a language for every request, and teach it to the templates."""
    catalogues = {each: read_catalogue(each) for each in LANGUAGES}
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]  # the extension adds it
        lambda words: g.catalogue.gettext(words),
        lambda one, many, count: g.catalogue.ngettext(one, many, count),
        newstyle=True,
    )
    app.jinja_env.globals.update(_=_say, gettext=_say)
    app.jinja_env.filters["number"] = lambda value: _to_number(value, language())
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
