"""A resource as labelled statements, for people and for programs.

:func:`describe` asks the engine a few bounded queries and returns a :class:`Description`: names, classes,
statements with who says so, what leads to the resource. ``documents`` makes of it the RDF that its page links
to, ``jsonld`` writes that as JSON-LD, ``search_engines`` says the same in the words of schema.org.

What the description is shown as is left to ``web``; what a thing means to people, to ``profiles``.
"""

from __future__ import annotations

from mesmart_kg.descriptions.model import Description, Group, Property, Statement, Text, Value
from mesmart_kg.descriptions.reading import describe, describe_known

__all__ = ["Description", "Group", "Property", "Statement", "Text", "Value", "describe", "describe_known"]
