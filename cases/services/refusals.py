"""Why something could not be done in a case; the page says it in words and keeps what was typed."""

from __future__ import annotations


class ChangedMeanwhile(Exception):
    """Somebody has saved since this page was opened."""


class CaseStopped(Exception):
    """The case has ended, or is stopped for want of consent: nothing new is written in it."""
