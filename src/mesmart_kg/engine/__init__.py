"""Engines: what answers queries, behind one Protocol; the caller never asks which one it holds.

* ``protocol``: the verbs, and the values that go in and out; ``verbs``: those that are the same for all;
* ``refusal``: what is asked of none of them;
* ``embedded``: asks workers on this host, for which a keeper process cares;
* ``keeper``: that process; loads a release once, forks workers, and replaces those that end;
* ``workers``: one query at a time, in a process that may be ended at any moment;
* ``pool``: which query gets which worker, and who waits; ``fair_queue``: in which order;
* ``conversation``: one query and its answer over a worker's channel, for threads and for an event loop;
* ``storage``: whether a release is held in memory or on disk; ``disk``: the store there;
* ``loading``: the files of a release into an Oxigraph store, wherever it is;
* ``wire``: the messages that go over channels;
* ``remote``: asks an endpoint elsewhere, by the SPARQL 1.1 protocol;
* ``federated``: any of them, with other endpoints asked first; ``federation`` rewrites such a query, with
  ``values`` in the place of calls; ``pushing`` tells what to ask them for, by the parts of ``group_text``;
  ``relay`` is the one way out, over ``bounded_http``;
* ``functions``, with ``wkt``, ``geojson``, ``measures``: what GeoSPARQL has and Oxigraph has not;
* ``serialising``: what its serialisers leave to be mended; ``threaded``: an answer of a thread for a loop;
* ``solutions``: JSON results to values, for both engines.

This module imports the protocol alone, so that a keeper starts without loading what only the web needs.
"""

from mesmart_kg.engine.protocol import (
    Answer,
    AsyncAnswer,
    Call,
    Engine,
    EngineStatus,
    Graph,
    GraphChoice,
    Limits,
    Solution,
    Solutions,
    Terms,
)

__all__ = [
    "Answer",
    "AsyncAnswer",
    "Call",
    "Engine",
    "EngineStatus",
    "Graph",
    "GraphChoice",
    "Limits",
    "Solution",
    "Solutions",
    "Terms",
]
