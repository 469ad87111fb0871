"""Sets of links: taking in those that others give us, and giving out all that a release holds.

Coming in: bytes are read with their lines (``reading``), looked at (``checking``: by SHACL and by what SHACL
can't tell), set against what is kept already (``difference``) and written, always the same bytes for the same
links, to ``data/links/NAME.ttl`` (``keeping``). ``fetching`` gets a file from another host, on a curator's
word. Nothing here asks a question, and nothing is written that was not looked at.

Going out: the links of a release, one list for each dataset that they lead to and for each giver
(``releasing``), as files (``files``); ``gaps`` tells what has none.

What a set of links says of itself is VoID, and the shape is ``shapes/linkset.ttl``.
"""

from __future__ import annotations

from mesmart_kg.linksets.checking import Examined, Given, Problem, examine
from mesmart_kg.linksets.difference import Difference, compare
from mesmart_kg.linksets.fetching import FetchFailed, fetch
from mesmart_kg.linksets.files import write_csv, write_turtle
from mesmart_kg.linksets.gaps import Gaps, find_gaps
from mesmart_kg.linksets.keeping import Kept, list_kept, read_kept, to_turtle, write
from mesmart_kg.linksets.model import LARGEST, MOST_LINKS, PREDICATES, Link, is_name
from mesmart_kg.linksets.releasing import PublishedLinks, PublishedSet, open_links

__all__ = [
    "LARGEST",
    "MOST_LINKS",
    "PREDICATES",
    "Difference",
    "Examined",
    "FetchFailed",
    "Gaps",
    "Given",
    "Kept",
    "Link",
    "Problem",
    "PublishedLinks",
    "PublishedSet",
    "compare",
    "examine",
    "fetch",
    "find_gaps",
    "is_name",
    "list_kept",
    "open_links",
    "read_kept",
    "to_turtle",
    "write",
    "write_csv",
    "write_turtle",
]
