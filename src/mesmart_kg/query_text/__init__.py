"""What a query asks, read from its tokens: its form, its calls of SERVICE, its dataset clause and more.

For whoever must decide about a query before it runs: the endpoint refuses what would leave the host, the
web chooses among the formats that suit the form, and keeps no answer that would differ the next time. Words
in comments, strings, IRIs, prefixes and variables are never taken for keywords. Whether the text is valid
SPARQL is left to the engine.

Tokens are those of SPARQL 1.1, section 19.8. The engine's parser knows no tokens, though: it reads characters
as the grammar needs them, and so accepts three things that the specification's longest match reads otherwise.
They were seen to make calls with pyoxigraph 0.5.13, so they count as calls here:

* a keyword needs no space after it: ``SERVICEex:x{…}`` is a call of ``ex:x``;
* ``<`` within an expression is "less than", also where a ``>`` further on would make an IRI of it, as in
  ``FILTER(?a<?b)SERVICE?x#>``. Such a text is read in both ways;
* a name takes fewer dots than it may: ``ex:a.b.SERVICE<x>{…}`` is a call after the statement's last dot.

Escaped code points (section 19.2) stand for their characters in strings and IRIs; other engines may take them
elsewhere too. A text that has some is read as it stands, and with its escapes resolved.
"""

from mesmart_kg.query_text.examination import (
    MOST_CALLS,
    QUERY_FORMS,
    UPDATE_WORDS,
    QueryText,
    ServiceCall,
    Span,
    examine,
)

__all__ = ["MOST_CALLS", "QUERY_FORMS", "UPDATE_WORDS", "QueryText", "ServiceCall", "Span", "examine"]
