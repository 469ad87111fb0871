"""What things are called, in one file: search, suggestions, lists and names for pages, in milliseconds.

An index is made from the default graph of a release, in ``pieces`` that ``building`` joins, and then only
read (``index``). It holds, of everything that has a class or a name: its names in all languages, its codes in
other registers, its kind, where it lies, the communities it has to do with, its dates. What is found by what:
``terms`` (which property says what), ``folding`` (what is the same name), ``ranking`` (what comes first).
What a name may mean is proposed by ``keys`` and ``proposals``, and weighed elsewhere. The home of sqlite3.

It is no source of facts: whatever it holds is in the dumps, and it is made anew where it is missing.
"""

from __future__ import annotations

from mesmart_kg.label_index.building import build_index, join_pieces, place_index
from mesmart_kg.label_index.folding import fold
from mesmart_kg.label_index.index import LabelIndex
from mesmart_kg.label_index.keys import GENERIC, PARTICLES, to_core, to_keys, to_writings
from mesmart_kg.label_index.model import (
    Entry,
    Facet,
    Filters,
    Hit,
    Hits,
    Kind,
    Listing,
    Match,
    Option,
    Register,
    TooBroad,
)
from mesmart_kg.label_index.pieces import make_pieces
from mesmart_kg.label_index.place import FILE_NAME, open_index
from mesmart_kg.label_index.proposals import MOST_PROPOSED, Limits, Proposal, Proposals, Spelling
from mesmart_kg.label_index.terms import divide_code, read_register

__all__ = [
    "FILE_NAME",
    "GENERIC",
    "MOST_PROPOSED",
    "PARTICLES",
    "Entry",
    "Facet",
    "Filters",
    "Hit",
    "Hits",
    "Kind",
    "LabelIndex",
    "Limits",
    "Listing",
    "Match",
    "Option",
    "Proposal",
    "Proposals",
    "Register",
    "Spelling",
    "TooBroad",
    "build_index",
    "divide_code",
    "fold",
    "join_pieces",
    "make_pieces",
    "open_index",
    "place_index",
    "read_register",
    "to_core",
    "to_keys",
    "to_writings",
]
