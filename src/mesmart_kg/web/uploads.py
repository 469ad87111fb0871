"""A form with files, read in memory: nothing that a reader sends is written to disk.

Werkzeug puts files beyond half a megabyte into temporary files. The body is in memory already, bounded by the
room of its address (``bodies``), so its parts stay there, too.

Specification: RFC 7578 (multipart/form-data).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import Any, Final

from flask import Request
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.formparser import FormDataParser

from mesmart_kg.web.problems import BadRequest

MOST_PARTS: Final = 6000


@dataclass(frozen=True)
class Upload:
    """A file as it was sent; the name is what the sender says, and may be anything."""

    name: str
    data: bytes


@dataclass(frozen=True)
class Form:
    """Fields, of each the last value, and files that are not empty."""

    fields: Mapping[str, str]
    files: Mapping[str, Upload]

    def get(self, name: str) -> str:
        """Return a field without white space around it; empty if there is none."""
        return self.fields.get(name, "").strip()


def read_form(request: Request) -> Form:
    """Read the form of a request. Raises BadRequest where it is none, or has too many fields."""
    # A form in the other way of writing may hold millions of fields, and carries no files.
    if request.mimetype != "multipart/form-data":
        raise BadRequest(415, "form", "Send this form as multipart/form-data.")
    parser = FormDataParser(lambda *_, **__: BytesIO(), max_form_parts=MOST_PARTS, silent=False)
    options: dict[str, Any] = dict(request.mimetype_params)
    try:
        _, fields, files = parser.parse(request.stream, request.mimetype, request.content_length, options)
    except RequestEntityTooLarge as error:
        raise BadRequest(413, "form-parts", "The form has too many fields.") from error
    except ValueError as error:
        raise BadRequest(400, "form", "The form did not arrive whole. Send it again.") from error
    sent = {
        name: Upload((each.filename or "")[:200], data)
        for name, each in files.items()
        if (data := each.stream.read())
    }
    return Form({name: values[-1] for name, values in fields.lists()}, sent)
