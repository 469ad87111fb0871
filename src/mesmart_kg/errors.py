"""The errors of the package: one small tree, so that a caller may catch as much or as little as it means.

MesmartError
├── ConfigError           the settings are wrong: unknown key, bad value, missing file
├── FactError             a fact in ``data/`` can't be read (file, line)
├── RuleError             an inference rule is malformed, or concludes without end (rule)
├── ShapeError            the shapes themselves are malformed
├── NotConformant         the facts break the shapes (report); only ``build`` raises it
├── QueryError
│   ├── QuerySyntaxError  the text is not SPARQL (line, column, query)
│   ├── QueryRefused      the text is SPARQL, but asks what this service never does
│   ├── QueryTimeout      the deadline passed (seconds)
│   ├── QueryTooLarge     the memory or another limit was passed (limit, value)
│   └── ServiceFailed     an endpoint named by SERVICE did not answer (service)
├── EngineUnavailable     the engine is not there, or holds another release
│   └── EngineBusy        it is there, but too many wait
├── TooManyRequests       one client has sent what it may in a while (limit, window, retry_after)
├── ReleaseNotFound       no release of that name on the shelf
├── ReleaseDamaged        a release does not match its own manifest (problems)
└── ResourceNotFound      nothing is known of that IRI
    └── ResourceGone      it was known, and has been withdrawn (iri, since, replaced_by)

A message says what is wrong, where, and what to do next. Messages of ``QueryError`` and ``ResourceNotFound``
are shown to strangers: they never hold a path or a setting's secret.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mesmart_kg.validation import Report


class MesmartError(Exception):
    """Any failure that this package foresees; it may be raised in one process and caught in another."""

    def __reduce__(self) -> tuple[Any, ...]:
        # Python would make it anew from its message alone, and most take more than that.
        return _revive, (type(self), self.args, vars(self))


def _revive(kind: type[MesmartError], arguments: tuple[Any, ...], facts: dict[str, Any]) -> MesmartError:
    error = kind.__new__(kind, *arguments)
    error.args = arguments
    vars(error).update(facts)
    return error


class ConfigError(MesmartError):
    """A setting is unknown, has a wrong value, or names a file that is not there."""


class FactError(MesmartError):
    """A fact can't be read as it stands; the message is preceded by its place. A line of 0 is unknown."""

    def __init__(self, message: str, file: str, line: int) -> None:
        super().__init__(f"{file}:{line}: {message}" if line else f"{file}: {message}")
        self.file = file
        self.line = line


class RuleError(MesmartError):
    """An inference rule can't be used, or was stopped; the message begins with its name."""

    def __init__(self, message: str, rule: str) -> None:
        super().__init__(f"rule {rule}: {message}")
        self.rule = rule


class ShapeError(MesmartError):
    """A shape is malformed. Not used for data that break a well-formed shape: that is a finding."""


class NotConformant(MesmartError):
    """The facts break at least one shape of severity Violation."""

    def __init__(self, report: Report) -> None:
        count = len(report.violations)
        super().__init__(f"the data break the shapes in {count} place{'s' if count != 1 else ''}")
        self.report = report


class QueryError(MesmartError):
    """A query could not be answered, and the fault or the remedy lies in the query."""


class QuerySyntaxError(QueryError):
    """The text is not a SPARQL query.

    Line and column count from 1, in characters, and are 0 where unknown; ``query`` is the text, where known.
    """

    def __init__(self, message: str, line: int = 0, column: int = 0, query: str = "") -> None:
        super().__init__(message)
        self.line = line
        self.column = column
        self.query = query


class QueryRefused(QueryError):
    """The query asks for something that is never done here: an update, a call to another host."""


class QueryTimeout(QueryError):
    """The query was ended at its deadline."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"the query was ended after its deadline of {seconds:g} seconds")
        self.seconds = seconds


class QueryTooLarge(QueryError):
    """The query or its answer passes a limit other than time, and the message says so.

    ``limit`` is ``memory``, ``size`` (of the answer, bytes), ``rows``, ``query`` (bytes) or ``depth``;
    ``value`` is what it allows.
    """

    def __init__(self, message: str, limit: str, value: int | None = None) -> None:
        super().__init__(message)
        self.limit = limit
        self.value = value


class ServiceFailed(QueryError):
    """An endpoint that the query names by SERVICE did not answer as it should; ``service`` is its IRI.

    ``seconds`` is the deadline that passed, if it was that.
    """

    def __init__(self, message: str, service: str, seconds: float | None = None) -> None:
        super().__init__(message)
        self.service = service
        self.seconds = seconds


class EngineUnavailable(MesmartError):
    """The engine does not answer, or does not hold the release that is asked for."""


class EngineBusy(EngineUnavailable):
    """The engine is sound, but too many queries wait, or one has waited too long: to be asked again soon."""


class TooManyRequests(MesmartError):
    """A client has sent what it may in a window of time; ``retry_after`` is in seconds, rounded up."""

    def __init__(self, limit: int, window: int, retry_after: int) -> None:
        super().__init__(f"more than {limit} queries in {window} seconds")
        self.limit = limit
        self.window = window
        self.retry_after = retry_after


class ReleaseNotFound(MesmartError):
    """There is no such release."""


class ReleaseDamaged(MesmartError):
    """The files of a release are not those that its manifest describes."""

    def __init__(self, message: str, problems: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.problems = tuple(problems)


class ResourceNotFound(MesmartError):
    """The dataset says nothing of this resource."""


class ResourceGone(ResourceNotFound):
    """What that IRI named was withdrawn.

    ``since`` is when, as the data tell it; ``replaced_by`` are the IRIs of what to use instead.
    """

    def __init__(self, iri: str, since: str, replaced_by: tuple[str, ...]) -> None:
        super().__init__(f"withdrawn on {since}")
        self.iri = iri
        self.since = since
        self.replaced_by = replaced_by
