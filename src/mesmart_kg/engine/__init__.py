"""Engines: what answers queries, behind one Protocol; the caller never asks which one it holds.

* ``protocol``: the verbs, and the values that go in and out;
* ``refusal``: what is asked of none of them;
* ``embedded``: asks a keeper process of our own, on this host;
* ``keeper``: that process; loads a release once and forks workers;
* ``workers``: one query at a time, in a process that may be ended at any moment;
* ``loading``: the files of a release into an Oxigraph store;
* ``wire``: what the three say to each other over Unix sockets;
* ``remote``: asks an endpoint elsewhere, by the SPARQL 1.1 protocol;
* ``solutions``: JSON results to values, for both engines.

This module imports the protocol alone, so that a keeper starts without loading what only the web needs.
"""

from mesmart_kg.engine.protocol import (
    Answer,
    Engine,
    EngineStatus,
    Graph,
    GraphChoice,
    Limits,
    Solution,
    Solutions,
)

__all__ = ["Answer", "Engine", "EngineStatus", "Graph", "GraphChoice", "Limits", "Solution", "Solutions"]
