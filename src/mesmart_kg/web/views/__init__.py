"""Flask's blueprints, one for each part of the site; none knows another.

* ``sparql``: the form, answers as pages, why a query finds nothing, the service description;
* ``named_queries``: the release's own queries, described and run;
* ``datasets``: dumps, releases, metadata, the validation report;
* ``pages``: home, health, robots.
"""
