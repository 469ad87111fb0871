"""Which version of the API a client speaks; it shows by how it asks.

==========================================  ==============  ==================================================
asked                                       version
==========================================  ==============  ==================================================
``/reconcile`` with ``queries`` or          0.2             by GET or as a posted form; the only ones that
``extend``                                                  take ``callback`` (JSONP)
``/reconcile/match``, ``/reconcile/extend``  1.0-draft      JSON by POST (``/reconcile/reconcile`` is what
                                                            drafts before 2024 called the first)
``/reconcile``                              0.2, or         the manifests differ in what one word means, such
                                            1.0-draft       as ``suggest``: who wants the draft's says so, by
                                                            ``?version=1.0-draft`` or by that parameter of a
                                                            media type in Accept
``/reconcile/suggest/…``, ``/preview``,     both            the answer to one suits the other
``/extend/propose``
==========================================  ==============  ==================================================
"""

from __future__ import annotations

import re
from enum import Enum
from typing import Final

from mesmart_kg.web.problems import BadRequest


class Version(Enum):
    """A version of the API, by the name that its manifest gives it."""

    FINAL = "0.2"
    DRAFT = "1.0-draft"


_KNOWN: Final = {each.value: each for each in Version}
_IN_ACCEPT: Final = re.compile(r';\s*version\s*=\s*"?([0-9a-z.\-]{1,20})"?')


def choose_manifest(asked: str | None, accept: str | None) -> Version:
    """Return the version whose manifest is asked for: 0.2 if none is named. Raises BadRequest."""
    if asked is None:
        # A header is a wish: one that can't be met is no error.
        named = _IN_ACCEPT.search((accept or "")[:2000].lower())
        return _KNOWN.get(named.group(1), Version.FINAL) if named else Version.FINAL
    if asked in _KNOWN:
        return _KNOWN[asked]
    raise BadRequest(
        400,
        "reconciliation-version",
        "Version “%(version)s” of the reconciliation API is not spoken here; 0.2 and 1.0-draft are.",
        version=asked[:20],
    )
