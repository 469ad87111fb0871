"""The room that knows HTTP: a Flask application over one release and its engine.

``create_app`` makes it; ``server`` runs it in production. Blueprints register here and do not know each
other:

* ``sparql``: the endpoint;
* ``named_queries``: the release's own queries, described and run;
* ``datasets``: dumps, releases, metadata, the validation report;
* ``pages``: home, health.

Around them: ``negotiation`` and ``languages`` (what the client takes), ``protocol`` (what it asks),
``arrival`` and ``reception`` (how long its request may take to come in),
``publication`` (what is served, for all of them), ``problems`` (errors), ``security`` (headers), ``words``
(what every page says), ``results``, ``report``, ``figures``, ``description`` (values that views show).
"""

from __future__ import annotations

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from mesmart_kg.catalog import Catalog
from mesmart_kg.config import Config
from mesmart_kg.queries import read_queries
from mesmart_kg.web import datasets, languages, named_queries, pages, problems, security, sparql, words
from mesmart_kg.web.publication import OpenEngine, Publication, attach

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
    # A form holds its query percent-encoded: up to three times as long.
    app.config["MAX_CONTENT_LENGTH"] = 3 * config.web.max_query_bytes + 4096
    app.config["MAX_FORM_MEMORY_SIZE"] = app.config["MAX_CONTENT_LENGTH"]
    proxies = config.web.trusted_proxies
    if proxies:
        fix = ProxyFix(app.wsgi_app, proxies, proxies, proxies, x_prefix=proxies)
        app.wsgi_app = fix  # type: ignore[method-assign]
    app.url_map.strict_slashes = False
    languages.register(app, config.site.languages)
    words.register(app)
    problems.register(app)
    security.register(app)
    for module in (sparql, named_queries, datasets, pages):
        app.register_blueprint(module.blueprint)
    attach(app, Publication(config, catalog, release, open_engine(release), queries))
    return app
