"""What the first reader of a page would wait for, done as soon as the server answers.

A template is compiled when it is first used, an ontology parsed when its page is first asked for: up to a
second, once in the life of a process. A thread of its own does that, beside the first requests.
"""

from __future__ import annotations

import gc
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event, Lock, Thread
from typing import Final

from flask import Flask

from mesmart_kg.web.publication import publication_of

__all__ = ["PAGES", "cease_warming", "warm", "warming"]

PAGES: Final = (
    *("/", "/browse", "/map", "/timeline", "/network", "/queries", "/sparql", "/releases", "/about"),
    *("/def", "/shapes", "/voc", "/quality", "/credits", "/links", "/lookup"),
)
"""Pages that work something out once for the release, or read files that never change."""

_PAUSE: Final = 0.01
"""Seconds between two steps in which others have the processor."""

_GRACE: Final = 5.0
_YOUNG: Final = 10_000
"""Objects after which Python looks for garbage: by default some twenty times while a long page is made,
for nothing."""

_KEY: Final = "mesmart.warming"
_TEMPLATES: Final = (".html", ".xml", ".txt")


@contextmanager
def warming(app: Flask) -> Iterator[None]:
    """Warm an application beside what is done meanwhile; stop when that is done."""
    stop = Event()
    gc.set_threshold(_YOUNG, *gc.get_threshold()[1:])
    thread = Thread(target=_warm_and_settle, args=(app, stop), name="warming", daemon=True)
    thread.start()
    del app  # it may give way to another one meanwhile, and must not be kept from here
    try:
        yield
    finally:
        stop.set()
        thread.join(_GRACE)


def _warm_and_settle(app: Flask, stop: Event) -> None:
    warm(app, stop)
    # What is there now stays: to look through it for garbage would take as long as half a page.
    gc.collect()
    gc.freeze()


@dataclass
class _Warmth:
    """What is known of an application's warming: the lock is held while a page is made."""

    lock: Lock = field(default_factory=Lock)
    is_over: bool = False


def warm(app: Flask, stop: Event) -> None:
    """Compile all templates and make the pages once in each language; what fails is left to who asks."""
    warmth: _Warmth = app.extensions.setdefault(_KEY, _Warmth())
    try:
        for name in app.jinja_env.list_templates():
            if name.endswith(_TEMPLATES) and not stop.wait(_PAUSE):
                app.jinja_env.get_template(name)
        for language in publication_of(app).config.site.languages:
            headers = {"Accept": "text/html", "Accept-Language": language}
            for path in PAGES:
                if stop.wait(_PAUSE):
                    return
                with warmth.lock:
                    if warmth.is_over:
                        return
                    app.test_client().get(path, headers=headers)
    except Exception:  # nobody waits for it, and nothing depends on it
        logging.getLogger("mesmart_kg.web").debug("not warmed", exc_info=True)


def cease_warming(app: Flask) -> None:
    """Make no more pages of an application that nobody will ask; wait for the one that is being made."""
    warmth: _Warmth = app.extensions.setdefault(_KEY, _Warmth())
    warmth.is_over = True
    with warmth.lock:
        pass
