"""Claiming what is due: a lease and a fence on each row, so that a worker that comes back late has lost it.

Due-ness is asked of `now`; leases are kept on the database's own clock, which all workers share.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.db import connection

from access.request_transaction import record
from reminders.failpoint import Point, reach
from reminders.models import Reminder
from reminders.moving import MOVED_STAGE
from reminders.rules import Channel
from reminders.working_days import is_open, next_open

LEASE = "60 seconds"
# Notices are written together, mails go one by one: few, so that other workers have theirs meanwhile. Apart, so that
# no notice waits behind mails.
NOTICES, MAILS = 200, 20

# A claim that ran out: a mail may have gone, so it is unknown; a notice is made or not, so it is pending.
# Materialised, here and below: within IN (…) PostgreSQL may ask it anew for every row, half a minute for 300 deadlines.
_EXPIRE = """
WITH over AS MATERIALIZED (
    SELECT id FROM reminders_reminder
    WHERE status = 'claimed' AND lease_until < clock_timestamp()
    FOR UPDATE SKIP LOCKED
)
UPDATE reminders_reminder AS row
SET status = CASE WHEN channel = 'mail' THEN 'unknown' ELSE 'pending' END,
    claim = NULL, lease_until = NULL
FROM over WHERE row.id = over.id
"""

# After an outage only the highest stage that is due is sent; the ones below it say nothing new. What is told of a move is
# no stage of the date, and says something else.
_SUPERSEDE = """
WITH told AS MATERIALIZED (
    SELECT lower.id FROM reminders_reminder AS lower
    WHERE lower.status IN ('pending', 'unknown') AND lower.next_at <= %(now)s AND lower.stage <> %(moved)s
      AND EXISTS (
        SELECT 1 FROM reminders_reminder AS higher
        WHERE higher.deadline_id = lower.deadline_id AND higher.version = lower.version
          AND higher.channel = lower.channel AND higher.recipient = lower.recipient
          AND higher.stage > lower.stage AND higher.fire_at <= %(now)s
          AND higher.status IN ('pending', 'claimed', 'unknown', 'sent')
      )
    FOR UPDATE OF lower SKIP LOCKED
)
UPDATE reminders_reminder AS row SET status = 'superseded'
FROM told, reminders_deadline AS deadline
WHERE row.id = told.id AND deadline.id = row.deadline_id
RETURNING row.id, row.channel, deadline.label
"""

_POSTPONE = """
WITH early AS MATERIALIZED (
    SELECT id FROM reminders_reminder
    WHERE status IN ('pending', 'unknown') AND channel = 'mail' AND NOT any_hour AND next_at <= %(now)s
    FOR UPDATE SKIP LOCKED
)
UPDATE reminders_reminder AS row SET next_at = %(opens)s
FROM early WHERE row.id = early.id
"""

_CLAIM = """
UPDATE reminders_reminder AS row
SET status = 'claimed', claim = %(claim)s, fence = fence + 1, attempts = attempts + 1,
    lease_until = clock_timestamp() + %(lease)s::interval
FROM (
    SELECT id FROM (
        SELECT id FROM reminders_reminder
        WHERE status IN ('pending', 'unknown') AND next_at <= %(now)s AND channel = 'inapp'
        ORDER BY next_at LIMIT %(notices)s
        FOR UPDATE SKIP LOCKED
    ) AS notices
    UNION ALL
    SELECT id FROM (
        SELECT id FROM reminders_reminder
        WHERE status IN ('pending', 'unknown') AND next_at <= %(now)s AND channel = 'mail'
        ORDER BY next_at LIMIT %(mails)s
        FOR UPDATE SKIP LOCKED
    ) AS mails
) AS due
WHERE row.id = due.id
RETURNING row.id, row.fence, row.channel
"""

# Right before a mail is sent: only the one who still holds the claim may, and has time to.
_RENEW = """
UPDATE reminders_reminder SET lease_until = clock_timestamp() + %(lease)s::interval
WHERE id = %(id)s AND status = 'claimed' AND claim = %(claim)s AND fence = %(fence)s
  AND lease_until > clock_timestamp()
"""

_LET_GO = """
UPDATE reminders_reminder AS row
SET status = %(status)s, claim = NULL, lease_until = NULL, attempts = attempts - %(untried)s,
    next_at = coalesce(%(next_at)s::timestamptz, next_at)
FROM unnest(%(ids)s::uuid[], %(claims)s::uuid[], %(fences)s::bigint[]) AS ours (id, claim, fence)
WHERE row.id = ours.id AND row.status = 'claimed' AND row.claim = ours.claim AND row.fence = ours.fence
RETURNING row.id
"""


@dataclass(frozen=True, slots=True)
class Claimed:
    """A reminder that this worker alone may deliver, as long as claim and fence are the row's."""

    reminder_id: UUID
    claim: UUID
    fence: int
    channel: str


def claim_due(*, now: datetime) -> list[Claimed]:
    """Takes the first that are due in the current partition, of each channel so many; another worker's are passed over."""
    claim = uuid4()
    with connection.cursor() as cursor:
        cursor.execute(_EXPIRE)
        cursor.execute(_SUPERSEDE, {"now": now, "moved": MOVED_STAGE})
        for pk, channel, label in cursor.fetchall():
            record(
                "reminder.superseded",
                object_type="reminders.reminder",
                object_id=pk,
                case=(None, label),
                basis=channel,
            )
        if not is_open(now):
            cursor.execute(_POSTPONE, {"now": now, "opens": next_open(now)})
        cursor.execute(
            _CLAIM,
            {
                "claim": claim,
                "now": now,
                "lease": LEASE,
                "notices": NOTICES,
                "mails": MAILS,
            },
        )
        claims = [Claimed(row[0], claim, *row[1:]) for row in cursor.fetchall()]
    reach(Point.CLAIM_TAKEN)
    return claims


def renew(claimed: Claimed, *, lease: str) -> bool:
    """A longer lease for one delivery; False if the claim is no longer ours."""
    with connection.cursor() as cursor:
        cursor.execute(
            _RENEW,
            {
                "id": claimed.reminder_id,
                "claim": claimed.claim,
                "fence": claimed.fence,
                "lease": lease,
            },
        )
        return bool(cursor.rowcount == 1)


def let_go(
    claims: Sequence[Claimed],
    *,
    status: Reminder.Status,
    next_at: datetime | None = None,
    tried: bool = True,
) -> frozenset[UUID]:
    """Ends the claims with the rows in `status`. Gives the reminders that were still ours; no other is changed.

    tried: False where nothing was attempted; then it does not count as a try.
    """
    if not claims:
        return frozenset()
    with connection.cursor() as cursor:
        cursor.execute(
            _LET_GO,
            {
                "ids": [claimed.reminder_id for claimed in claims],
                "claims": [claimed.claim for claimed in claims],
                "fences": [claimed.fence for claimed in claims],
                "status": status,
                "next_at": next_at,
                "untried": 0 if tried else 1,
            },
        )
        return frozenset(row[0] for row in cursor.fetchall())


def backoff(reminder: Reminder, *, now: datetime) -> datetime:
    """When to try again: after 1, 2, 4 … at most 30 minutes, for mail within the hours it may be sent."""
    again = now + timedelta(minutes=min(2 ** max(reminder.attempts - 1, 0), 30))
    waits = reminder.channel == Channel.MAIL and not reminder.any_hour
    return next_open(again) if waits else again
