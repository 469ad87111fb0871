"""A table to a set of links: whoever keeps a spreadsheet of cities says which of ours each row is.

A file becomes a table (``encodings``, ``texts``, ``workbooks``, ``tables``), whose columns are named or
guessed (``columns``) and whose rows get IRIs (``subjects``). Each row is asked (``asking``) of the release
at hand (``release_source``) or of a server (``server_source``), and what came of it is written: the links
as Turtle (``linkset``) and as a table of mappings (``sssom``), and the doubtful rows for a person to
decide, which are read again afterwards (``review``). What there is to tell of the table is a notice
(``notices``), worded here in English and by the site in its reader's language.

The home of python-calamine and charset-normalizer. Nothing is written to disk here.
"""

from __future__ import annotations

from mesmart_kg.linking.asking import choose, link_table
from mesmart_kg.linking.columns import guess_columns
from mesmart_kg.linking.files import Written, make_titles, to_files
from mesmart_kg.linking.linkset import About
from mesmart_kg.linking.model import Choice, Columns, Fate, Linked, Offer, Outcome, Reconciler, Table
from mesmart_kg.linking.notices import Notice, TableRefused, gather, to_text
from mesmart_kg.linking.release_source import ReleaseSource
from mesmart_kg.linking.review import read_review, to_choice
from mesmart_kg.linking.server_source import ServerSource
from mesmart_kg.linking.subjects import Naming, choose_naming, is_iri
from mesmart_kg.linking.tables import get_column, read_table

__all__ = [
    "About",
    "Choice",
    "Columns",
    "Fate",
    "Linked",
    "Naming",
    "Notice",
    "Offer",
    "Outcome",
    "Reconciler",
    "ReleaseSource",
    "ServerSource",
    "Table",
    "TableRefused",
    "Written",
    "choose",
    "choose_naming",
    "gather",
    "get_column",
    "guess_columns",
    "is_iri",
    "link_table",
    "make_titles",
    "read_review",
    "read_table",
    "to_choice",
    "to_files",
    "to_text",
]
