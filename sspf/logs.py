"""Logs say what happened and where in the code, never what somebody typed."""

from __future__ import annotations

import logging
import traceback
from uuid import UUID

from django.urls import Resolver404, resolve
from django.utils.safestring import SafeString, mark_safe
from django.views.debug import ExceptionReporter

# Whose lines say a path: what was answered with an error, and what was refused for its form's token.
PATHS = ("django.request", "django.security")


class Anonymous(logging.Filter):
    """Drops request objects, arguments of exceptions, query strings and paths of no page from every log record.

    An exception's text often repeats the value that caused it (a form value, a database
    parameter); only its type and the place in the code are kept.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        record.__dict__.pop("request", None)
        if record.name.startswith(PATHS) and isinstance(record.args, tuple):
            record.args = tuple(_ours(one) for one in record.args)
        if record.exc_info and record.exc_info[0] is not None:
            kind, _, where = record.exc_info
            frames = traceback.extract_tb(where)[-6:]
            places = " < ".join(
                f"{f.filename.rsplit('/', 1)[-1]}:{f.lineno} {f.name}" for f in frames[::-1]
            )
            record.msg = f"{_without_what_was_said(record)} [{kind.__name__} at {places}]"
            record.args = None
            record.exc_info = None
            record.exc_text = None
        return True


def _without_what_was_said(record: logging.LogRecord) -> str:
    """The message without a query string; of Celery, whose message repeats the exception, the task's name."""
    if record.name.startswith("celery"):
        args = record.args
        return f"Task failed: {args.get('name', '') if isinstance(args, dict) else ''}"
    return record.getMessage().split("?", 1)[0]


def _ours(said: object) -> object:
    """Of a path, only one that leads to a page: anything else is what somebody typed, a name for example.

    What such a path holds besides ids of rows may be a way in (a calendar's address, an invitation): then its pattern.
    """
    if isinstance(said, str) and said.startswith("/"):
        try:
            found = resolve(said)
        except Resolver404:
            return "an address that is none of ours"
        if not all(isinstance(one, UUID) for one in found.kwargs.values()):
            return f"/{found.route}"
    return said


class SilentReporter(ExceptionReporter):
    """No locals, no settings, no request body: an error page or mail that says nothing."""

    def get_traceback_data(self) -> dict[str, object]:
        return {}

    def get_traceback_text(self) -> SafeString:
        return mark_safe("Internal error")

    def get_traceback_html(self) -> SafeString:
        return mark_safe("Internal error")
