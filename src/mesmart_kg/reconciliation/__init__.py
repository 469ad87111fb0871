"""Which of our things does a name mean? The room where names, places and codes are weighed.

A :class:`Matcher` is asked a :class:`Question` (a text, and whatever else the reader knows) and answers with
:class:`Candidate`s, the best first. It proposes through the index of names (``label_index``), by keys and by
letters that names share, so it holds nothing in memory but what one question needs; it weighs with rapidfuzz,
whose one home this is. No HTTP, no words for people.

What a score means
    A score is a chance in a hundred that the candidate is the thing meant, given that the reader means one
    thing, which we may not hold. It is made of odds, which are multiplied (``weighing`` has the numbers):

    ==========================  =======================================================================
    how alike the names are     the same but for case, accents and signs 30 : 1; but for particles and
                                saints written short 20 : 1; abbreviated 14 : 1; then falling with the
                                letters that differ, 4 : 1 at nine tenths alike, 1 : 3 at eight; words
                                missing at the end of a name about 1 : 1
    country                     times 3 where it agrees, a hundredth where it does not
    region or province          times 10 where it agrees, a thirtieth where it does not
    point                       times 10 within 10 km, a hundredth beyond 100 km
    code                        times 1000 where it agrees, a twentieth where the thing has another
    community                   times 2 where it agrees, a third where it does not
    kind told in the text       a tenth where the text says "province" and the thing is a city
    ==========================  =======================================================================

    Then the candidates are weighed against each other: two towns that fit equally share the chance, and so
    have 50 at most. Of the two Castros, ``Castro`` scores 49 each; ``Castro (BG)`` 99 and 0.

When ``match`` is true
    Only for the first candidate, if its score is at least :data:`~mesmart_kg.reconciliation.weighing.SAFE`,
    its name is near enough (letters may differ only in a long name whose country or region agrees), and
    nothing that the reader told was left unread, such as a country that no list knows.

The numbers were set on one half of ``tests/reconciliation/spellings.csv`` and are measured on the other.
"""

from __future__ import annotations

from mesmart_kg.reconciliation.matcher import Matcher
from mesmart_kg.reconciliation.model import Candidate, Question

__all__ = ["Candidate", "Matcher", "Question"]
