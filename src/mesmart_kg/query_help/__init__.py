"""What to say of a query that fails or finds nothing: where it is wrong, how to mend it, why it is empty.

Values for whoever words them: no sentence is made here, nothing is asked but through a function that is
given. Rooms, each knowing those before it:

* ``tokens``, ``grammar``, ``parsing``: the language, read exactly (SPARQL 1.1, section 19);
* ``places``, ``faults``, ``terms``: where, what, and which names the data know;
* ``repairs``, ``rules``, ``syntax``: a refused text to its fault and its remedy;
* ``units``, ``emptiness``: a query that finds nothing to the part of it that nothing matches.
"""

from __future__ import annotations

from mesmart_kg.query_help.emptiness import Emptiness, explain_empty
from mesmart_kg.query_help.parsing import parse
from mesmart_kg.query_help.places import Place
from mesmart_kg.query_help.syntax import Diagnosis, explain_syntax
from mesmart_kg.query_help.terms import KnownTerms, UnknownTerm, find_unknown
from mesmart_kg.query_help.units import Piece

__all__ = [
    "Diagnosis",
    "Emptiness",
    "KnownTerms",
    "Piece",
    "Place",
    "UnknownTerm",
    "explain_empty",
    "explain_syntax",
    "find_unknown",
    "parse",
]
