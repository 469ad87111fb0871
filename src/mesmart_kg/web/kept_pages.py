"""Pages that were made, kept as they were sent: a release never changes, so neither do they.

Bounded in bytes; the longest unused is forgotten first. A page is kept under all that it was made of, which
``conditional`` knows. Used by many threads at once.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock
from typing import Final

from flask import Flask, Response, current_app

__all__ = ["KeptPages", "kept_pages", "register"]

_LARGEST_SHARE: Final = 0.02
_OVERHEAD: Final = 1024
"""Bytes that an entry takes beside its body and its headers, roughly."""

_KEY: Final = "mesmart.kept_pages"


@dataclass(frozen=True)
class _Page:
    body: bytes
    headers: tuple[tuple[str, str], ...]
    cost: int


class KeptPages:
    """Whole pages by key, within ``most`` bytes; 0 keeps none. Packed, a long page has 40 kB."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._pages: OrderedDict[str, _Page] = OrderedDict()
        self._lock = Lock()
        self.size = 0

    def __len__(self) -> int:
        return len(self._pages)

    def find(self, key: str) -> Response | None:
        """Return the page that is kept under a key, as a response of its own."""
        with self._lock:
            page = self._pages.get(key)
            if page is None:
                return None
            self._pages.move_to_end(key)
        return Response(page.body, headers=list(page.headers))

    def keep(self, key: str, response: Response) -> None:
        """Keep a page as it is about to be sent, and forget others where there is no room."""
        body, headers = response.get_data(), tuple(response.headers.to_wsgi_list())
        cost = len(body) + sum(len(name) + len(value) for name, value in headers) + _OVERHEAD
        if cost > self._most * _LARGEST_SHARE:
            return
        with self._lock:
            if key in self._pages:
                return
            self._pages[key] = _Page(body, headers, cost)
            self.size += cost
            while self.size > self._most:
                self.size -= self._pages.popitem(last=False)[1].cost


def kept_pages() -> KeptPages:
    """Return the pages that the present application keeps."""
    pages: KeptPages = current_app.extensions[_KEY]
    return pages


def register(app: Flask, most: int) -> None:
    """Give an application room for its pages, in bytes."""
    app.extensions[_KEY] = KeptPages(most)
