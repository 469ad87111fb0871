"""How things hang together, in SQL: from links that the data tell to the ties that filters and ranking use.

* A thing lies where it is said to be, and in what contains that: a membership lies where its member does, a
  count where its area is, a statement where its subject is.
* A thing has to do with a community if it is a member of it, takes part in it, is a body of it, is organised
  or promoted by it, or counts it.
"""

from __future__ import annotations

from typing import Final

DERIVED_TIES: Final = (
    """
    CREATE TABLE raw_up AS
    WITH RECURSIVE up(thing, place) AS (
        SELECT a, b FROM link WHERE short IN ('within', 'at', 'area', 'who')
        UNION
        SELECT b, a FROM link WHERE short IN ('geometry', 'says')
        UNION
        SELECT up.thing, link.b FROM up JOIN link ON link.a = up.place AND link.short IN ('within', 'at')
    ) SELECT thing, place FROM up
    """,
    """
    INSERT OR IGNORE INTO tie
    SELECT up.thing, kind.key, up.place FROM raw_up up JOIN thing p ON p.id = up.place
    JOIN kind ON kind.id = p.kind WHERE kind.key IN ('country', 'region') AND up.thing <> up.place
    """,
    "DROP TABLE raw_up",
    """
    INSERT OR IGNORE INTO tie SELECT found.thing, 'community', found.target FROM (
        SELECT a AS thing, b AS target FROM link WHERE short IN ('member of', 'by', 'whose')
        UNION SELECT b, a FROM link WHERE short = 'promotes'
        UNION SELECT who.b, whose.b FROM link who JOIN link whose ON whose.a = who.a
            WHERE who.short = 'who' AND whose.short = 'whose'
        UNION SELECT says.b, says.a FROM link says WHERE says.short = 'says'
    ) found JOIN thing c ON c.id = found.target JOIN kind ON kind.id = c.kind
    WHERE kind.key = 'community' AND found.thing <> found.target
    """,
    """
    INSERT OR IGNORE INTO tie SELECT a, 'kind', b FROM link
    WHERE short = 'kind' AND EXISTS (SELECT 1 FROM name WHERE name.thing = link.b)
    """,
    """
    INSERT INTO tally SELECT thing.kind, tie.relation, tie.target, COUNT(*)
    FROM tie JOIN thing ON thing.id = tie.thing GROUP BY 1, 2, 3
    """,
)

DERIVED_COLUMNS: Final = (
    # The first of the properties that say when, and of its values the earliest.
    """
    UPDATE thing SET start = found.value FROM (
        SELECT s, value, MIN(printf('%02d', rank) || value) FROM raw_when WHERE rank < 99 GROUP BY s
    ) found WHERE found.s = thing.iri
    """,
    """
    UPDATE thing SET stop = found.value FROM (
        SELECT s, MAX(value) AS value FROM raw_when WHERE rank = 99 GROUP BY s
    ) found WHERE found.s = thing.iri
    """,
    "INSERT INTO raw_point SELECT x.s, x.value, y.value FROM raw_half x JOIN raw_half y ON y.s = x.s "
    "WHERE x.is_latitude = 0 AND y.is_latitude = 1",
    "CREATE INDEX raw_point_s ON raw_point(s)",
    "CREATE INDEX raw_link_geometry ON raw_link(s) WHERE short = 'geometry'",
    """
    UPDATE thing SET longitude = found.longitude, latitude = found.latitude FROM (
        SELECT s, longitude, latitude, MIN(longitude || ' ' || latitude) FROM (
            SELECT s, longitude, latitude FROM raw_point
            UNION ALL SELECT l.s, p.longitude, p.latitude FROM raw_link l JOIN raw_point p ON p.s = l.o
            WHERE l.short = 'geometry') GROUP BY s
    ) found WHERE found.s = thing.iri
    """,
    # What has no coordinates of its own has those of the place or city it is in, first places, then the rest.
    *(
        f"""
        UPDATE thing SET longitude = found.longitude, latitude = found.latitude FROM (
            SELECT l.a AS id, p.longitude, p.latitude, MIN(k.key <> 'place') FROM link l
            JOIN thing p ON p.id = l.b AND p.longitude IS NOT NULL JOIN kind k ON k.id = p.kind
            WHERE l.short IN ('within', 'at', 'who') AND k.key IN ('city', 'place') GROUP BY l.a
        ) found WHERE found.id = thing.id AND thing.longitude IS NULL AND {which}
        """  # noqa: S608 - our own words
        for which in ("thing.kind = (SELECT id FROM kind WHERE key = 'place')", "TRUE")
    ),
    # A thing's weight, as ``ranking`` explains it.
    """
    UPDATE thing SET weight = found.n FROM (
        SELECT b, MIN(COUNT(*), 999) AS n FROM link WHERE short NOT IN ('within', 'area') GROUP BY b
    ) found
    WHERE found.b = thing.id
    """,
    """
    UPDATE thing SET weight = weight + 1000 * found.n FROM (
        SELECT thing, COUNT(*) AS n FROM tie WHERE relation = 'community' GROUP BY thing
    ) found WHERE found.thing = thing.id
    """,
    "UPDATE thing SET weight = weight + 1000 WHERE kind = (SELECT id FROM kind WHERE key = 'community')",
    """
    CREATE TABLE raw_part AS
    SELECT a AS thing, CASE short WHEN 'who' THEN 2 WHEN 'area' THEN 3 WHEN 'whose' THEN 4
        WHEN 'property' THEN 6 ELSE 7 END AS position, b AS target
    FROM link WHERE short IN ('who', 'area', 'whose', 'property', 'measure')
    UNION ALL
    SELECT b, CASE short WHEN 'says' THEN 0 WHEN 'geometry' THEN 1 ELSE 5 END, a
    FROM link WHERE short IN ('says', 'geometry', 'took part')
    """,
    """
    INSERT INTO part SELECT thing, position, MIN(target) FROM raw_part
    WHERE NOT EXISTS (SELECT 1 FROM name WHERE name.thing = raw_part.thing) GROUP BY thing, position
    """,
    "DROP TABLE raw_part",
)
