"""Prefixes and example queries, told as editors read them: SHACL's words for SPARQL, in SIB's use of them.

The examples are the release's own named queries, under the IRIs of their pages. A DESCRIBE query is left out:
SHACL has no word for one.

Specifications: SHACL, sections 5.2.1 (prefix declarations) and 5.3; https://github.com/sib-swiss/sparql-examples
"""

from __future__ import annotations

from collections.abc import Iterable
from types import MappingProxyType
from typing import Final

from mesmart_kg.metadata.site import Site
from mesmart_kg.metadata.statements import Statements, typed
from mesmart_kg.namespaces import PREFIXES
from mesmart_kg.queries import NamedQuery
from mesmart_kg.query_text import examine
from mesmart_kg.store import Literal

_FORMS: Final = MappingProxyType(
    {
        "SELECT": ("sh:SPARQLSelectExecutable", "sh:select"),
        "ASK": ("sh:SPARQLAskExecutable", "sh:ask"),
        "CONSTRUCT": ("sh:SPARQLConstructExecutable", "sh:construct"),
    }
)


def tell_examples(statements: Statements, site: Site, queries: Iterable[NamedQuery]) -> None:
    """Tell the prefixes of the project, and each query with its question, its summary and its text."""
    prefixes = f"{site.dataset}#prefixes"
    _tell_prefixes(statements, prefixes)
    for query in queries:
        kind, property_ = _FORMS.get(examine(query.text).form or "", ("", ""))
        if not kind:
            continue
        node = f"{site.base}queries/{query.name}"
        statements.classify(node, "sh:SPARQLExecutable", kind)
        statements.say(node, "rdfs:comment", query.title["it"], query.title["en"])
        statements.say(node, "dcterms:description", query.summary["it"], query.summary["en"])
        statements.tell(node, property_, Literal(query.text))
        statements.tell(node, "sh:prefixes", prefixes)
        statements.tell(node, "schema:target", site.endpoint)


def _tell_prefixes(statements: Statements, node: str) -> None:
    for prefix, namespace in PREFIXES.items():
        declaration = f"{node}.{prefix}"
        statements.tell(node, "sh:declare", declaration)
        statements.classify(declaration, "sh:PrefixDeclaration")
        statements.tell(declaration, "sh:prefix", Literal(prefix))
        statements.tell(declaration, "sh:namespace", typed(namespace, "xsd:anyURI"))
