"""What is asked beside a query: the graphs that it is about, as a server's dialect wants them named."""

from __future__ import annotations

import re
from typing import Final

from mesmart_kg.engine.dialects import Dialect
from mesmart_kg.engine.protocol import GraphChoice
from mesmart_kg.errors import QueryRefused
from mesmart_kg.query_text import examine

_NOTHING: Final = "urn:x-mesmart:nothing"
_TWO_DATASETS: Final = "The query names its graphs, and so does the request: name them in one of the two."
_MORE_THAN_A_QUERY: Final = (
    "Words that only one maker's server knows (define, bif:, sql:) are not taken here."
)
_ASKS_FOR_GRAPHS: Final = re.compile(r"graph", re.IGNORECASE)


def prepare(
    query: str, dialect: Dialect, graphs: GraphChoice | None, names: tuple[str, ...], seconds: float
) -> tuple[str, list[tuple[str, str]]]:
    """Return a query as the server needs it, and what goes beside it: its dataset, and its deadline.

    ``names`` are the named graphs of the release. Raises QueryRefused.
    """
    defaults = graphs.default_graphs if graphs else ()
    named = graphs.named_graphs if graphs else ()
    if dialect.refused is not None and dialect.refused.search(query):
        raise QueryRefused(_MORE_THAN_A_QUERY)
    if dialect.default_graph is not None:
        text = examine(query)
        if not defaults and not named:
            defaults, named = text.default_graphs, text.named_graphs
        elif dialect.adds_datasets and (text.default_graphs or text.named_graphs):
            raise QueryRefused(_TWO_DATASETS)
        if defaults or named:
            defaults = defaults or (_NOTHING,)
        elif not _ASKS_FOR_GRAPHS.search(query):
            defaults = (dialect.default_graph,)
        elif dialect.adds_datasets:
            query = dialect.choose_graphs(dialect.default_graph, names) + query
        else:
            defaults, named = (dialect.default_graph,), names
    return query, [
        *(("default-graph-uri", name) for name in defaults),
        *(("named-graph-uri", name) for name in named),
        *dialect.deadline(seconds),
    ]
