"""The clock guard: a clock that jumps must not send a year's reminders in one night, nor the same day twice.

Compared are the database's clock, by which everything is due, and the machine's own count of seconds since it
started, asleep or not. A jump halts claiming until the clock is right again, or whoever runs the machine says that it
is (services.clock): the clock is every municipality's.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from django.db import connection, transaction
from django.db.models import Max

from reminders.models import Clock

FORWARD, BACK = timedelta(hours=1), timedelta(seconds=5)
_BOOT = Path("/proc/sys/kernel/random/boot_id")
logger = logging.getLogger("reminders")


@dataclass(frozen=True, slots=True)
class Reading:
    """host: the machine's boot id. uptime: its seconds since then. now: the database's clock."""

    host: str
    uptime: float
    now: datetime


def read() -> Reading:
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        ((now,),) = cursor.fetchall()
    return Reading(_host(), _uptime(), now)


def trusted_now(reader: Callable[[], Reading] = read) -> datetime | None:
    """The time by which things are due; None while the clock cannot be trusted."""
    with transaction.atomic():
        _take_turns()
        reading = reader()
        fault = _fault(reading)
        if fault:
            _halt(reading, fault)
            return None
        if Clock.objects.filter(host=reading.host).exclude(fault="").exists():
            # Seen to be right again here, it is right everywhere: all compare the one clock of the database.
            Clock.objects.update(fault="", halted_at=None)
        Clock.objects.update_or_create(
            host=reading.host,
            defaults={
                "seen_at": reading.now,
                "uptime": reading.uptime,
                "fault": "",
                "halted_at": None,
            },
        )
    return reading.now


def halted() -> str:
    """How the clock jumped, "forward" or "back"; empty while it is trusted."""
    return (
        Clock.objects.exclude(fault="")
        .order_by("-halted_at")
        .values_list("fault", flat=True)
        .first()
        or ""
    )


def forget() -> None:
    """What was read before is compared with no more: the clock is trusted as it is, in every municipality."""
    with transaction.atomic():
        _take_turns()
        Clock.objects.all().delete()


def _fault(reading: Reading) -> str:
    newest = _newest()
    if newest is not None and reading.now < newest - BACK:
        return "back"
    row = Clock.objects.filter(host=reading.host).first()
    if row is None:
        # A machine that starts anew, or joins, has nothing of its own to compare with: it lifts no halt.
        return halted()
    ran = timedelta(seconds=reading.uptime - row.uptime)
    return "forward" if reading.now - row.seen_at - ran > FORWARD else ""


def _newest() -> datetime | None:
    newest: datetime | None = Clock.objects.aggregate(at=Max("seen_at"))["at"]
    return newest


def _halt(reading: Reading, fault: str) -> None:
    """The last trusted reading stays: only against it can the clock be seen to be right again."""
    row, _new = Clock.objects.get_or_create(
        host=reading.host, defaults={"seen_at": _newest() or reading.now, "uptime": reading.uptime}
    )
    if row.fault != fault:
        logger.error("the clock jumped %s: nothing is claimed until it is right", fault)
        row.fault, row.halted_at = fault, reading.now
        row.save(update_fields=["fault", "halted_at"])


def _take_turns() -> None:
    """One reader at a time, so that two readings never pass each other on the way to the row."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('sspf.reminders.clock'))")


def _host() -> str:
    return _BOOT.read_text(encoding="ascii").strip() if _BOOT.exists() else "this machine"


def _uptime() -> float:
    # Counts on while the machine sleeps, where the system can tell.
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))
