"""Keys: under which short forms a name is kept, so that other spellings of it land on the same one.

A key only proposes; whether two names are the same is for who asks to weigh. ``Comune di Sant'Agata``,
``S. Agata`` and ``Agata, S.`` share the key ``agatas``; ``Zürich``, ``Zuerich`` and ``ZURICH`` share
``zurich`` or ``zuerich``. The tables of words are what people put before and around the names of places in
the languages of Europe; a word belongs here only if leaving it out hardly ever makes two places one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from mesmart_kg.label_index.folding import LONGEST, fold

MOST_KEYS: Final = 12
"""Keys of one name: what is longer than a name has no more."""


def _list_words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_SAINTS: Final = _list_words(
    """
    s san santo santa sant santi sante ss st ste sta sto saint sainte sankt sint sao sveti sveta sv
    szent swiety swieta agios agia
    """
)
PARTICLES: Final = _list_words(
    """
    di del della dello dell dei degli delle d de da do dos das du des la le les lo los las el il l i
    gli al alla alle allo ai agli in nel nella nello nell nei negli nelle con e ed y et und and en
    the of van von vom der den dem die het t ten ter an am im a o as os na nad pod sur sous su sul
    sulla sullo sull sui
    """
)
GENERIC: Final = _list_words(
    """
    comune com comuni municipio municipality municipal municipalidad municipalite municipiul
    ayuntamiento ayto ajuntament concello concejo city citta ciudad cidade ciutat ville stadt
    hansestadt landeshauptstadt bundesstadt gemeente stad kommune kommun kommunen kunta kaupunki
    linn vald miasto gmina obec mesto opstina obcina opcina grad oras orasul primaria comuna
    concelho camara commune mairie town council borough gemeinde marktgemeinde marktgemeinschaft
    metropolitan metropolitana metropole provincia province provinz regione region regiao county
    district belediyesi buyuksehir dimos
    """
)
"""Words that say of what kind a place is, or who governs it, and not which it is."""

_UMLAUTS: Final = str.maketrans(
    {
        "ä": "ae",
        "ö": "oe",
        "ü": "ue",
        "ø": "oe",
        "å": "aa",
        "Ä": "Ae",
        "Ö": "Oe",
        "Ü": "Ue",
        "Ø": "Oe",
        "Å": "Aa",
    }
)
_LONG_I: Final = str.maketrans({"j": "i"})
_PARTS: Final = re.compile(r"\s*[/;|(),]\s*|\s+[-–—]\s+")


def to_core(words: str) -> tuple[str, ...]:
    """Return the words of a folded name that tell it from others, sorted; saints are ``s``.

    Where nothing is left, all words are told.
    """
    told = words.split()
    own = [word for word in told if word not in PARTICLES and word not in GENERIC]
    kept = own or [word for word in told if word not in PARTICLES] or told
    return tuple(sorted("s" if word in _SAINTS else word for word in kept))


def to_writings(text: str) -> tuple[str, ...]:
    """Return a whole name without spaces, folded, in each way that people write its letters."""
    text = text[:LONGEST]
    plain = [fold(text).replace(" ", "")]
    if not text.isascii():
        plain.append(fold(text.translate(_UMLAUTS)).replace(" ", ""))
    # Jesolo and Iesolo, Bojano and Boiano.
    plain += [way.translate(_LONG_I) for way in plain if "j" in way]
    return tuple(way for way in dict.fromkeys(plain) if way)


def to_keys(text: str) -> tuple[str, ...]:
    """Return the keys of a name, each once: of the whole, of its core, of its parts, of other writings of it.

    Parts are what stands between slashes, commas, brackets and single dashes, so both halves of a bilingual
    name are found.
    """
    return tuple(dict.fromkeys(_list_keys(text[:LONGEST])))[:MOST_KEYS]


def _list_keys(text: str) -> Iterator[str]:
    yield from to_writings(text)
    words = fold(text)
    if words:
        yield "".join(to_core(words))
    parts = [part for part in _PARTS.split(text) if part]
    if len(parts) > 1:
        for part in parts:
            words = fold(part)
            if len(words) > 2:
                yield words.replace(" ", "")
                yield "".join(to_core(words))
