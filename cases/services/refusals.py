"""Why something could not be done in a case; the page says it in words and keeps what was typed."""

from __future__ import annotations

from access.not_now import NotNow


class ChangedMeanwhile(Exception):
    """Somebody has saved since this page was opened."""


# The case has ended, or is stopped for want of consent: nothing new is written in it. The policy says so too.
CaseStopped = NotNow
