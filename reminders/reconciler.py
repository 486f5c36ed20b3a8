"""Every minute, in SQL of its own: that nothing has been lost, left behind or held too long. What is found is an alarm.

The database keeps what is found, for as long as it lasts (migrations 0007 and 0010); here the alarm is raised.
"""

from __future__ import annotations

import json
import logging
from collections import Counter

from django.db import connection, transaction

from reminders.queues import RECONCILER, beat
from reminders.rules import Rules, rules

# Some seconds' work (docs/reminders.md).
AT_ONCE = 10_000
logger = logging.getLogger("reminders")


def reconcile(*, at_once: int = AT_ONCE) -> Counter[str]:
    """How much was found that was not known before, by check.

    at_once: about how many deadlines are looked at for what lacks a reminder or has one too many. The next ones
    follow the next time; what is late, stuck or dead is looked for among all of them.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT raised FROM reminders_reconcile(%s, %s)", [_expected(rules()), at_once]
            )
            raised = Counter(row[0] for row in cursor.fetchall())
        beat(RECONCILER)
    for check, count in sorted(raised.items()):
        logger.error("reconciler: %s, %d new", check, count)
    return raised


def _expected(table: Rules) -> str:
    return json.dumps(
        [
            {
                "kind": timer.kind,
                "valid_from": timer.valid_from.isoformat(),
                "at": stage.at,
                "channel": channel,
                "to": stage.to,
            }
            for timer in table.timers
            for stage in timer.stages
            for channel in stage.channels
        ]
    )
