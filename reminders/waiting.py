"""How many notices wait in each of a user's memberships: a number per membership, across partitions, nothing more."""

from __future__ import annotations

from uuid import UUID

from django.db import connection

from access.models import User


def open_notices(user: User) -> dict[UUID, int]:
    """Asks a function in the database that answers only about the user who is acting (migration 0001)."""
    if connection.needs_rollback:
        return {}  # an error page inside a broken transaction still gets its frame
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT membership_id, waiting FROM reminders_waiting_for(%s)", [str(user.pk)]
        )
        return dict(cursor.fetchall())
