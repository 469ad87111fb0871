"""How profiles are put into words: dates of any precision in a sentence, periods, distances, codes, numbers.

Filters for templates: ``|on`` ("in June 2021"), ``|period(end)`` ("5–7 June 2021"), ``|kilometres``,
``|scheme_name`` (what a register is called), ``|plain_address`` (an address without what all have), ``|told``
(the value of a statement).
"""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from babel import Locale
from babel.core import get_global
from babel.dates import format_date
from babel.numbers import format_decimal
from flask import Flask, request

from mesmart_kg.labels import Name
from mesmart_kg.web.directions import settle
from mesmart_kg.web.languages import language, to_words, translate

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mesmart_kg.profiles.values import Point, Told

__all__ = ["register"]

_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_MONTH: Final = re.compile(r"\d{4}-\d{2}")

_LOCALES: Final = {"en": "en_GB"}

_ELISION: Final = re.compile(r"\bil (8|11) ")
"""Italian days that begin with a vowel when they are read: "l’8 giugno", "l’11 giugno"."""


def register(app: Flask) -> None:
    """Teach the filters to the templates of an application."""
    app.jinja_env.filters.update(
        on=to_moment,
        period=to_period,
        kilometres=to_kilometres,
        coordinates=to_coordinates,
        attendance=to_attendance,
        language_name=to_language_name,
        with_arguments=add_arguments,
        scheme_name=to_scheme_name,
        plain_address=to_plain_address,
        told=to_told,
    )


def to_moment(moment: str) -> str:
    """Return when something was, as part of a sentence: ``in 2021``, ``in June 2021``, ``on 5 June 2021``."""
    words = to_words(moment, language())
    if _DAY.match(moment):
        return _ELISION.sub("l’\\1 ", translate("on %(day)s", day=words))
    if _MONTH.match(moment):
        return translate("in %(month)s", month=words)
    return translate("in %(year)s", year=words)


def to_period(start: str | None, end: str | None = None) -> str:
    """Return from when to when: ``5–7 June 2021``; one date where both are the same or one is not known."""
    if start and end and start != end:
        with suppress(ValueError):  # not both are days
            return _write_days(date.fromisoformat(start), date.fromisoformat(end))
        return f"{to_words(start, language())} – {to_words(end, language())}"
    if end and not start:
        return translate("until %(date)s", date=to_words(end, language()))
    return to_words(start, language()) if start else ""


def _write_days(first: date, last: date) -> str:
    """Return days without repeating a month or a year that they share; in both languages the day is first."""
    if first.year != last.year:
        beginning, joint = to_words(first.isoformat(), language()), " – "
    elif first.month != last.month:
        beginning = str(format_date(first, "d MMMM", locale=_LOCALES.get(language(), language())))
        joint = " – "
    else:
        beginning, joint = str(first.day), "–"
    return f"{beginning}{joint}{to_words(last.isoformat(), language())}"


def to_language_name(authority: str) -> str:
    """Return what a language is called, by the name that the Publications Office gives it (``…/ITA``)."""
    code = authority.rpartition("/")[2].lower()
    found = Locale.parse(language()).languages.get(get_global("language_aliases").get(code, code))
    return found or code


def to_kilometres(distance: float) -> str:
    """Return a distance as people say it: no more digits than it deserves."""
    return f"{format_decimal(round(distance), locale=language())} km"


def to_coordinates(point: Point) -> str:
    """Return where a point is as maps write it: ``38.19394° N, 15.55256° E``."""
    north, east = (
        format_decimal(abs(each), "0.#####", locale=language()) for each in (point.latitude, point.longitude)
    )
    vertical = translate("N") if point.latitude >= 0 else translate("S")
    horizontal = translate("E") if point.longitude >= 0 else translate("W")
    return f"{north}° {vertical}, {east}° {horizontal}"


def to_attendance(mode: str) -> str:
    """Return how people attended an event, by schema.org's name of it."""
    known = {
        "OfflineEventAttendanceMode": translate("in person"),
        "OnlineEventAttendanceMode": translate("online"),
        "MixedEventAttendanceMode": translate("in person and online"),
    }
    name = mode.rpartition("/")[2]
    return known.get(name, name)


def add_arguments(path: str, arguments: Mapping[str, str]) -> str:
    """Return a path of this site with arguments, and with the language that the reader asked for."""
    kept = {"lang": language()} if "lang" in request.args else {}
    return f"{path}?{urlencode({**arguments, **kept})}"


def to_scheme_name(scheme: str) -> str:
    """Return what a register or site is called; its short name in the data where it has no other."""
    known = {
        "istat": translate("ISTAT code of the municipality"),
        "istat-province": translate("ISTAT code of the province"),
        "istat-region": translate("ISTAT code of the region"),
        "cadastral": translate("Land registry code"),
        "nuts": translate("NUTS code"),
        "lau": translate("LAU code"),
        "iso3166-1": translate("ISO 3166-1 code"),
        "iso3166-2": translate("ISO 3166-2 code"),
        "wikidata": "Wikidata",
        "geonames": "GeoNames",
        "eu": translate("Publications Office of the European Union"),
        "italia": translate("Controlled vocabularies of the Italian administration"),
        "web": translate("Elsewhere on the web"),
        "": translate("Code"),
    }
    return known.get(scheme, scheme)


def to_plain_address(address: str) -> str:
    """Return an address as it is said: without what nearly all begin with, and a last slash."""
    return settle(re.sub(r"^https?://(www\.)?", "", address).removesuffix("/"))


def to_told(told: Told) -> Name:
    """Return the value of a statement as it is shown: dates and numbers in the reader's manner."""
    if told.kind == "date":
        return Name(to_words(told.value.value, language()), language())
    if told.kind == "number":
        return Name(_to_number(told.value.value), language())
    return told.value


def _to_number(text: str) -> str:
    try:
        return format_decimal(Decimal(text), locale=language())
    except (InvalidOperation, ValueError):
        return text
