"""Who acts, where only a person can: the system itself has no membership."""

from __future__ import annotations

from uuid import UUID

from access.actor import Actor


def acting_membership(actor: Actor) -> UUID:
    if actor.membership_id is None:
        raise TypeError("only a person with a membership does this")
    return actor.membership_id
