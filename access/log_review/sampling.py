"""Which events a month's sample holds: decided by a signed checkpoint's root, so that nobody can choose.

Anybody can draw it again: this file needs nothing but Python.

    … one event id on each line … | python access/log_review/sampling.py ROOT_IN_BASE64
"""

from __future__ import annotations

import base64
import hmac
import sys
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta, tzinfo
from heapq import nsmallest
from uuid import UUID

SIZE = 10
# The checkpoint is signed so long after the month's end that every event of the month was committed before it:
# nobody who writes an event can know the root that will rank it.
MARGIN = timedelta(hours=1)
# The review's own acts; the unit's manager sees those (`unit_log`). Otherwise a careful reviewer of a small
# agency would be drawn to judge her own reading every month.
NEVER_DRAWN = ("log.", "log_review.")
# In every sample, beside the drawn ones: a break-glass opening, and each attempt at one.
ALWAYS_DRAWN = ("break_glass.open",)


def rank(root: bytes, event_id: UUID) -> bytes:
    """The lower, the earlier it is drawn: HMAC-SHA-256 with the root as key (security.md §2.5)."""
    return hmac.digest(root, event_id.bytes, "sha256")


def draw(root: bytes, event_ids: Iterable[UUID], size: int = SIZE) -> list[UUID]:
    """The first `size` of all the month's events, in the order they were drawn."""
    return nsmallest(size, set(event_ids), key=lambda event_id: rank(root, event_id))


def month_before(day: date) -> date:
    """The first day of the month before the one that `day` is in."""
    return (day.replace(day=1) - timedelta(days=1)).replace(day=1)


def month_after(month: date) -> date:
    """The first day of the month that follows."""
    return (month.replace(day=1) + timedelta(days=32)).replace(day=1)


def bounds(month: date, zone: tzinfo) -> tuple[datetime, datetime]:
    """From the month's first moment to the next month's, by the wall clock."""
    first, after = month.replace(day=1), month_after(month)
    return datetime.combine(first, time(), zone), datetime.combine(after, time(), zone)


def main(arguments: list[str]) -> int:
    """Print the sample of the ids on standard input."""
    if len(arguments) != 1:
        sys.stderr.write(f"{__doc__}\n")
        return 2
    ids = (UUID(line.strip()) for line in sys.stdin if line.strip())
    for event_id in draw(base64.b64decode(arguments[0], validate=True), ids):
        sys.stdout.write(f"{event_id}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
