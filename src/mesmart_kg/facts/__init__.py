"""The facts: what people write in ``data/``, as sorted runs of N-Quads, or as a stream of quads with places.

``collecting`` reads everything on all cores, keeps what it made, and knows where each thing is told; it is
what a build uses. ``tables`` reads CSV by its CSVW mapping row by row, ``turtle`` reads Turtle, ``places``
says where a thing is told by reading all anew: for little data, and to say what is wrong.
Nothing is inferred or validated here beyond what reading needs; a fact that can't be read is a FactError with
file and line.
"""

from mesmart_kg.facts.blocks import Block, Place
from mesmart_kg.facts.collected import Collected
from mesmart_kg.facts.collecting import collect_facts
from mesmart_kg.facts.places import locate, locate_all
from mesmart_kg.facts.reading import read_facts, read_shared_concepts
from mesmart_kg.facts.slugs import slug
from mesmart_kg.facts.turtle import Statement, cut_statements, parse_statement

__all__ = [
    "Block",
    "Collected",
    "Place",
    "Statement",
    "collect_facts",
    "cut_statements",
    "locate",
    "locate_all",
    "parse_statement",
    "read_facts",
    "read_shared_concepts",
    "slug",
]
