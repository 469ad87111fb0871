"""The room that knows HTTP: one ASGI application, with a Flask one inside, over a release and its engine.

``server`` runs it; ``asgi`` is where every request comes and ends. Programs' queries are answered by
``endpoint``, everything else by the Flask application that ``create_app`` makes, behind ``bridge``; its
blueprints are in ``views``.

What is asked: ``visit`` (one request), ``arrival`` (its body), ``protocol`` and ``graph_store`` (the two
protocols), ``negotiation``, ``languages``. What is answered: ``answer_cache``, ``spreadsheet``, ``geojson``,
``release_shelf`` (older releases), ``problems`` and ``explanations`` (errors), ``description`` and
``self_description``, ``naming``, ``security`` (headers), ``words``, ``results``, ``report``, ``figures``.
What is counted: ``rates``, ``telemetry``, ``metrics``, ``query_log``. ``publication`` is what is served, for
all of them.
"""

from __future__ import annotations

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from mesmart_kg.catalog import Catalog
from mesmart_kg.config import Config
from mesmart_kg.queries import read_queries
from mesmart_kg.web import languages, problems, security, words
from mesmart_kg.web.publication import OpenEngine, Publication, attach
from mesmart_kg.web.views import datasets, named_queries, pages, sparql

__all__ = ["create_app"]


def create_app(
    config: Config, catalog: Catalog, open_engine: OpenEngine, release_id: str | None = None
) -> Flask:
    """Make the application that publishes a release: the one named, else the current one.

    The engine is opened here; whoever makes the application closes it (``publication.engine``). Raises
    ReleaseNotFound, ReleaseDamaged, EngineUnavailable.
    """
    release = catalog.get(release_id) if release_id else catalog.current()
    queries = read_queries(release.inputs / "queries", config.site.base_iri)
    app = Flask(__name__, static_folder="client", static_url_path="/-/static")
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    proxies = config.web.trusted_proxies
    if proxies:
        fix = ProxyFix(app.wsgi_app, proxies, proxies, proxies, x_prefix=proxies)
        app.wsgi_app = fix  # type: ignore[method-assign]  # as Flask documents it
    app.url_map.strict_slashes = False
    languages.register(app, config.site.languages)
    words.register(app)
    problems.register(app)
    security.register(app)
    for module in (sparql, named_queries, datasets, pages):
        app.register_blueprint(module.blueprint)
    attach(app, Publication(config, catalog, release, open_engine(release), queries, open_engine))
    return app
