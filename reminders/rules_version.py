"""With what a deadline's reminders were counted: the table of rules, the holidays, and the time zone's own rules.

When one of them changes, what is still to come is counted anew (`services/recount.py`). Python reads time zone data
once a process, so a new version holds from the worker's next start.
"""

from __future__ import annotations

import zoneinfo
from functools import cache
from hashlib import sha256
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

from reminders.rules import TABLE
from reminders.working_days import STOCKHOLM

HOLIDAYS = "holidays"


@cache
def counted_with() -> str:
    """Like "tz 3f9a2c11, holidays 0.109, rules 5b01ce77"; the same for as long as nothing of it changes."""
    zone, table = _short(_zone_data()), _short(TABLE.read_bytes())
    return f"tz {zone}, holidays {version(HOLIDAYS)}, rules {table}"


def _zone_data() -> bytes:
    """The bytes that `zoneinfo` reads for our zone: the machine's, or else those of the package tzdata."""
    for folder in zoneinfo.TZPATH:
        file = Path(folder, STOCKHOLM.key)
        if file.is_file():
            return file.read_bytes()
    return files("tzdata").joinpath("zoneinfo", *STOCKHOLM.key.split("/")).read_bytes()


def _short(data: bytes) -> str:
    return sha256(data).hexdigest()[:8]
