"""Publish a city's linked data: from facts to a validated release, from a release to a SPARQL endpoint.

The modules stand in levels and import downwards only (``pyproject.toml``, import-linter). A build turns
``data/`` into a release and knows nothing of HTTP; the server reads releases and knows nothing of how they
are made.
"""
