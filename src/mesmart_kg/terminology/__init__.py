"""The words that the data are written in, as documentation: ontology, shapes, vocabularies, rules.

- `statements`: a small graph that can be asked for what it says of a subject;
- `ontology`: ``ontology.ttl`` of a release as terms, each with its own statements;
- `shapes`: ``shapes.ttl`` as constraints in words, by class and by property;
- `concepts`: the vocabularies (SKOS) and the rules of inference, asked of the engine;
- `uses`: an example of each term, and how our terms correspond to those of others.

Values only: names stay in all their languages, so that what is read once serves every reader.
"""

from __future__ import annotations

from mesmart_kg.terminology.concepts import (
    Concept,
    ConceptUse,
    Entry,
    Scheme,
    describe_concept,
    list_collections,
    list_concepts,
    list_rules,
    list_schemes,
    read_concept,
)
from mesmart_kg.terminology.ontology import KINDS, Fact, Ontology, Term, read_ontology
from mesmart_kg.terminology.shapes import (
    Constraint,
    PropertyShape,
    Shape,
    Shapes,
    read_shapes,
)
from mesmart_kg.terminology.statements import Statements, read_statements
from mesmart_kg.terminology.uses import Example, Match, find_examples, list_matches

__all__ = [
    "KINDS",
    "Concept",
    "ConceptUse",
    "Constraint",
    "Entry",
    "Example",
    "Fact",
    "Match",
    "Ontology",
    "PropertyShape",
    "Scheme",
    "Shape",
    "Shapes",
    "Statements",
    "Term",
    "describe_concept",
    "find_examples",
    "list_collections",
    "list_concepts",
    "list_matches",
    "list_rules",
    "list_schemes",
    "read_concept",
    "read_ontology",
    "read_shapes",
    "read_statements",
]
