"""The room that knows HTTP: one ASGI application, with a Flask one inside, over a release and its engine.

``server`` runs it, with engines by ``opening``; ``asgi`` is where every request comes and ends; ``edition``
is what answers it about the release of the day, and ``following`` gives the site the next one. Programs'
queries are answered by ``endpoint``, everything else by the Flask application that ``create_app`` makes,
behind ``bridge``; its blueprints are in ``views``.

What is asked: ``visit`` (one request), ``arrival`` (its body), ``bodies`` (how long it may be), ``protocol``
and ``graph_store`` (the two protocols), ``negotiation``, ``languages``. What programs are answered:
``answer_cache``, ``spreadsheet``, ``geojson``, ``release_shelf`` (older releases), ``problems`` and
``explanations`` (errors), ``description`` and ``self_description``, ``naming``, ``links`` (IRIs to paths),
``conditional`` (304, tags), ``kept_pages``, ``signposting``, ``security`` (headers), ``compression``. What
pages are made of: ``assets``, ``compiled`` (templates), ``navigation``, ``words``, ``telling`` (dates and
measures in words), ``things`` and ``thing_page``, ``references``, ``literals``, ``filtering``, ``kinds`` and
``listing`` (search and lists), ``front_page``, ``panoramas``, ``vocabulary_pages``, ``quality``,
``release_pages``, ``scale``, ``differences``, ``results``, ``workbench``, ``snippets``, ``completion``,
``report``, ``figures``. What is counted: ``rates``, ``telemetry``, ``metrics``, ``query_log``.
``publication`` is what is served, for all of them.
"""

from __future__ import annotations

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from mesmart_kg.catalog import Catalog
from mesmart_kg.config import Config
from mesmart_kg.glossary import read_glossary
from mesmart_kg.label_index import open_index
from mesmart_kg.queries import read_queries
from mesmart_kg.web import (
    assets,
    compression,
    conditional,
    differences,
    kept_pages,
    languages,
    links,
    literals,
    navigation,
    problems,
    references,
    security,
    telling,
    words,
)
from mesmart_kg.web.compiled import compiled_templates
from mesmart_kg.web.publication import OpenEngine, Publication, attach
from mesmart_kg.web.views import BLUEPRINTS

__all__ = ["create_app"]


def create_app(
    config: Config, catalog: Catalog, open_engine: OpenEngine, release_id: str | None = None
) -> Flask:
    """Make the application that publishes a release: the one named, else the current one.

    The engine is opened here; whoever makes the application closes what it publishes. Raises
    ReleaseNotFound, ReleaseDamaged, EngineUnavailable.
    """
    release = catalog.get(release_id) if release_id else catalog.current()
    queries = read_queries(release.inputs / "queries", config.site.base_iri)
    app = Flask(__name__, static_folder=None)
    app.jinja_options = {**app.jinja_options, "bytecode_cache": compiled_templates()}
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    proxies = config.web.trusted_proxies
    if proxies:
        fix = ProxyFix(app.wsgi_app, proxies, proxies, proxies, x_prefix=proxies)
        app.wsgi_app = fix  # type: ignore[method-assign]  # as Flask documents it
    app.url_map.strict_slashes = False
    kept_pages.register(app, config.web.pages * 1024 * 1024)
    conditional.register(app)  # first, so that pages are kept as they go out
    compression.register(app)
    languages.register(app, config.site.languages)
    words.register(app)
    assets.register(app)
    navigation.register(app)
    links.register(app)
    references.register(app)
    literals.register(app)
    telling.register(app)
    problems.register(app)
    security.register(app)
    differences.register(app, config.site.base_iri)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    glossary = read_glossary(release.inputs)
    index = open_index(release.derived, release.default_ntriples, release.manifest.digest)
    try:
        engine = open_engine(release)
    except BaseException:
        index.close()
        raise
    attach(app, Publication(config, catalog, release, engine, queries, open_engine, glossary, index))
    return app
