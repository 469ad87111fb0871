"""What pages carry to a browser: style sheet, scripts, fonts, icons, as ``client/build.mjs`` made them.

Each file has a hash of its content in its name, so a browser may keep it for ever. ``static/assets.json``
says which file a page means by ``site.css``; only files that it names are given out. A file that is worth it
has a ``.gz`` twin beside it, for browsers that unpack (RFC 9110, section 8.4).

Where nothing was built, which is so in a fresh checkout before ``make assets``, pages work without style and
script, and the log says what is missing.
"""

from __future__ import annotations

import hashlib
import json
import logging
from importlib.resources import as_file, files
from pathlib import Path
from typing import Final

from flask import Flask, Response, current_app, request, send_from_directory
from werkzeug.exceptions import NotFound

PATH: Final = "/-/static/"
_KEY: Final = "mesmart.assets"
_FOR_EVER: Final = "public, max-age=31536000, immutable"
_TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
}


class Assets:
    """The files in a folder that ``build.mjs`` wrote, by the names that pages know them by."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._list = folder / "assets.json"
        self._read_at = -1.0
        self._names: dict[str, str] = {}
        self._fingerprint = ""

    @property
    def names(self) -> dict[str, str]:
        """Name to file; read anew when the assets were built anew, so that a running server follows."""
        try:
            changed = self._list.stat().st_mtime
        except OSError:
            return self._names
        if changed != self._read_at:
            text = self._list.read_text("utf-8")
            self._names = json.loads(text)
            self._fingerprint = hashlib.sha256(text.encode()).hexdigest()[:16]
            self._read_at = changed
        return self._names

    @property
    def fingerprint(self) -> str:
        """Changes when a file does: pages name files, so they change with them."""
        return self._fingerprint if self.names else ""

    def url(self, name: str) -> str:
        """Return the address of a file by its name; it leads nowhere if the file was not built."""
        return f"{PATH}{self.names.get(name, name)}"

    def send(self, file: str) -> Response:
        """Give a file, packed where the client takes it so. Raises NotFound."""
        if file not in self.names.values():
            raise NotFound
        packed = (self.folder / f"{file}.gz").is_file() and request.accept_encodings["gzip"] > 0
        media_type = _TYPES.get(Path(file).suffix, "application/octet-stream")
        sent = f"{file}.gz" if packed else file
        # The name tells the content, so it is the tag: the same on every server, whenever each was installed.
        response = send_from_directory(self.folder, sent, mimetype=media_type, conditional=True, etag=sent)
        del response.headers["Last-Modified"]
        if packed:
            response.headers["Content-Encoding"] = "gzip"
        response.content_type = media_type
        response.headers["Cache-Control"] = _FOR_EVER
        response.headers["Vary"] = "Accept-Encoding"
        return response


def register(app: Flask) -> None:
    """Serve the files, and teach templates ``asset(name)``."""
    with as_file(files("mesmart_kg.web") / "static") as folder:
        assets = Assets(folder)  # installed from a wheel or a checkout: a real folder, there to stay
    if not assets.names:
        logging.getLogger("mesmart_kg.web").warning(
            "style sheet and scripts were never built: pages show without them; run `make assets`"
        )
    app.add_url_rule(f"{PATH}<path:file>", "asset", assets.send)
    app.extensions[_KEY] = assets
    app.jinja_env.globals["asset"] = assets.url


def asset_url(name: str) -> str:
    """Return the address of a file by its name, such as ``icon.svg``."""
    return _present().url(name)


def assets_fingerprint() -> str:
    """Return what changes whenever a file that pages name does."""
    return _present().fingerprint


def _present() -> Assets:
    assets: Assets = current_app.extensions[_KEY]
    return assets
