"""A form sent twice makes one row: the row's id comes from the sender and from a token in the form."""

from __future__ import annotations

from uuid import UUID, uuid5

from django.db import connection

from access.actor import Actor


def row_of(actor: Actor, token: UUID) -> UUID:
    """The id of the row that this form makes, the sender's own: nobody can aim at another's."""
    return uuid5(actor.member, str(token))


def hold_row(row_id: UUID) -> None:
    """Two presses at once come one after the other; the lock ends with the transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [str(row_id)])
