"""Sister endpoints: who else publishes data that fits ours, and whether one can ask them.

* ``register``: the endpoints that ``data/endpoints.ttl`` names, each with the page that says so;
* ``probing``: what one of them can do, tried out within deadlines;
* ``checks``: the outcome as Turtle, for ``data/endpoints-checks.ttl``, and read again.

The register proposes. What SERVICE may name is decided by the settings (``engine.services``), and by nothing
that stands in data.
"""

from mesmart_kg.peers.checks import FILE, Dated, list_checks, read_checks, to_turtle
from mesmart_kg.peers.probing import ABILITIES, Check, Finding, Probe
from mesmart_kg.peers.register import REGISTER, Peer, list_peers, read_register

__all__ = [
    "ABILITIES",
    "FILE",
    "REGISTER",
    "Check",
    "Dated",
    "Finding",
    "Peer",
    "Probe",
    "list_checks",
    "list_peers",
    "read_checks",
    "read_register",
    "to_turtle",
]
