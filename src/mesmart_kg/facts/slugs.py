"""The last part of a thing's IRI, made from its name by rule, so that two people make the same.

The tables of ``data/`` carry the slug once it is made, because a slug never changes, even if the name does; a
curation test makes it anew and compares.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from types import MappingProxyType

# Letters that Unicode does not decompose; their capitals come here as small letters.
_LETTERS = MappingProxyType(
    str.maketrans(
        {
            "ø": "o",
            "ł": "l",
            "ß": "ss",
            "æ": "ae",
            "œ": "oe",
            "đ": "d",
            "ð": "d",
            "þ": "th",
            "ı": "i",
            "ħ": "h",
        }
    )
)


def slug(name: str) -> str:
    """Return the slug of a name: ``Bruxelles / Brussel`` gives ``bruxelles``, ``Águeda`` gives ``agueda``.

    Of a bilingual name the first counts. Only a-z, 0-9 and single hyphens between them remain. Raises
    ValueError for a name of which nothing remains: give the thing a slug by hand.
    """
    first = next((part for part in name.split("/") if part.strip()), "")
    # Lower case first: it may bring combining marks of its own (İ gives i and a dot above).
    plain = unicodedata.normalize("NFKD", first.lower().translate(_LETTERS))
    # Decomposing may give back letters of the table, or capitals: ligatures and letters with a circle around
    # them.
    plain = plain.lower().translate(_LETTERS)
    letters = "".join(character for character in plain if not unicodedata.combining(character))
    made = re.sub(r"[^a-z0-9]+", "-", letters).strip("-")
    if not made:
        raise ValueError(f"no slug can be made from {name!r}")
    return made


def tell_apart(slugs_and_codes: Iterable[tuple[str, str]]) -> list[str]:
    """Return the slugs of one country's things, in their order; those that occur twice all carry their code.

    The code is what tells namesakes apart: an abbreviation of the province (``LE``), another administrative
    code.
    """
    pairs = list(slugs_and_codes)
    times = Counter(made for made, _ in pairs)
    return [f"{made}-{slug(code)}" if times[made] > 1 else made for made, code in pairs]
