"""A small SPARQL endpoint for tests: ``python stub_endpoint.py FILE.nt`` serves a file on this host.

Writes its address, with a free port, as the first line of standard output, then answers queries by GET and
POST until it is ended.
"""

from __future__ import annotations

import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from pyoxigraph import QueryResultsFormat, QuerySolutions, RdfFormat, Store

STORE = Store()


class Endpoint(BaseHTTPRequestHandler):
    """The SPARQL 1.1 protocol, as far as a SERVICE clause needs it."""

    def do_GET(self) -> None:
        self._answer(parse_qs(urlsplit(self.path).query)["query"][0])

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        is_form = self.headers["Content-Type"].startswith("application/x-www-form-urlencoded")
        self._answer(parse_qs(body)["query"][0] if is_form else body)

    def _answer(self, query: str) -> None:
        solutions = STORE.query(query)
        assert isinstance(solutions, QuerySolutions)
        body = solutions.serialize(format=QueryResultsFormat.JSON) or b""
        self.send_response(200)
        self.send_header("Content-Type", "application/sparql-results+json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:
        """Keep standard error for failures."""


if __name__ == "__main__":
    STORE.load(path=sys.argv[1], format=RdfFormat.N_TRIPLES)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Endpoint)
    sys.stdout.write(f"http://127.0.0.1:{server.server_address[1]}/sparql\n")
    sys.stdout.flush()
    server.serve_forever()
