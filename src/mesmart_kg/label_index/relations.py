"""How things hang together, in SQL: from links that the data tell to the ties that filters and ranking use.

* A thing lies where it is said to be, and in what contains that: a membership lies where its member does, a
  count where its area is, a statement where its subject is.
* A thing has to do with a community if it is a member of it, takes part in it, is a body of it, is organised
  or promoted by it, or counts it.
"""

from __future__ import annotations

from typing import Final

DERIVED_TIES: Final = (
    # From countries and regions downwards: what lies in each, at any depth.
    "CREATE TABLE raw_above(place INTEGER, target INTEGER, PRIMARY KEY (place, target)) WITHOUT ROWID",
    """
    INSERT INTO raw_above
    WITH RECURSIVE above(place, target) AS (
        SELECT p.id, p.id FROM thing p JOIN kind ON kind.id = p.kind WHERE kind.key IN ('country', 'region')
        UNION
        SELECT link.a, above.target FROM above JOIN link ON link.b = above.place
        WHERE link.short IN ('within', 'at')
    ) SELECT place, target FROM above ORDER BY 1, 2
    """,
    """
    INSERT OR IGNORE INTO tie
    SELECT direct.thing, kind.key, above.target FROM (
        SELECT a AS thing, b AS place FROM link WHERE short IN ('within', 'at', 'area', 'who')
        UNION
        SELECT b, a FROM link WHERE short IN ('geometry', 'says')
    ) direct JOIN raw_above above ON above.place = direct.place JOIN thing p ON p.id = above.target
    JOIN kind ON kind.id = p.kind WHERE direct.thing <> above.target ORDER BY 1, 2, 3
    """,
    "DROP TABLE raw_above",
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
    # The first of a thing's own points and those of its geometries.
    "CREATE INDEX raw_point_s ON raw_point(s)",
    """
    UPDATE thing SET longitude = found.longitude, latitude = found.latitude FROM (
        SELECT id, longitude, latitude, MIN(longitude || ' ' || latitude) FROM (
            SELECT m.id, p.longitude, p.latitude FROM raw_link l JOIN raw_point p ON p.s = l.o
            JOIN raw_number m ON m.n = l.n WHERE l.short = 'geometry'
            UNION ALL SELECT id, longitude, latitude FROM thing WHERE longitude IS NOT NULL
        ) GROUP BY id
    ) found WHERE found.id = thing.id
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
