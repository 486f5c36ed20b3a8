"""Named points between the steps of a delivery, where a test makes the process die, stop or fail.

In production nothing can be planted, no environment variable leads here, and a point costs one comparison.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

from django.conf import settings


class Point(StrEnum):
    """In the order in which one reminder passes them: all pass `claim`, then `inbox` or `mail`."""

    CLAIM_BEFORE = "claim.before"
    CLAIM_TAKEN = "claim.taken"
    CLAIM_KEPT = "claim.kept"
    INBOX_READ = "inbox.read"
    INBOX_LET_GO = "inbox.let_go"
    INBOX_WRITTEN = "inbox.written"
    INBOX_KEPT = "inbox.kept"
    MAIL_READ = "mail.read"
    MAIL_RENEWED = "mail.renewed"
    MAIL_NOTED = "mail.noted"
    MAIL_STARTED = "mail.started"
    MAIL_CONNECTED = "mail.connected"
    MAIL_ACCEPTED = "mail.accepted"
    MAIL_SETTLED = "mail.settled"
    MAIL_KEPT = "mail.kept"


Act = Callable[[Point], None]
_planted: Act | None = None


class NotATest(RuntimeError):
    """Outside the tests no process is made to fail."""


def plant(act: Act | None) -> None:
    """From now on `act` is called at each point; None takes it away."""
    global _planted  # noqa: PLW0603 - a process fails in one way at a time
    if settings.ENVIRONMENT != "test":
        raise NotATest
    _planted = act


def reach(point: Point) -> None:
    if _planted is not None:
        _planted(point)
