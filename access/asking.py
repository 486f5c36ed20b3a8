"""What the door answers without opening anything: may this be done, and what is said and noted where it may not."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Model
from django.http import Http404

from access.actor import Actor
from access.marks import wanting, way
from access.models.partition import PartitionModel
from access.not_now import NotNow
from access.policy import Action, policy
from access.request_transaction import current_work


class NotHere(Http404):
    """It does not exist for this actor: hidden or missing, nobody can tell which."""


def refuse(model: type[Model], pk: UUID | None, *, outcome: str, action: str) -> None:
    mine = current_work()
    mine.refusals.append(
        mine.event(action, object_type=model._meta.label_lower, object_id=pk, outcome=outcome)
    )


def may(actor: Actor, row: PartitionModel, group: str, action: Action) -> bool:
    """Whether the actor, in a relation that holds for this row, may do `action` with `group`."""
    return way(actor.role, row, group, action) is not None


def demand(actor: Actor, row: PartitionModel, group: str, action: Action) -> str:
    """The relation that permits it; otherwise NotHere, noted as denied.

    Raises NotNow where only a condition is wanting for a change to a row that the actor sees: that is told with its reason.
    """
    relation = way(actor.role, row, group, action)
    if relation is None:
        refuse(type(row), row.pk, outcome="denied", action=action)
        conditions = wanting(actor.role, row, group, action)
        if conditions and action not in {Action.LIST, Action.READ}:
            raise NotNow(conditions)
        raise NotHere
    return relation


def demand_of_role(actor: Actor, model: type[Model], group: str, action: Action) -> None:
    """Where what is asked about is many rows: that the role may do it with any at all; otherwise NotHere, noted."""
    if not may_at_all(actor, group, action):
        refuse(model, None, outcome="denied", action=action)
        raise NotHere


def may_at_all(actor: Actor, group: str, action: Action) -> bool:
    return bool(policy().ways(actor.role, group, action))


def may_create(actor: Actor, group: str) -> bool:
    """Whether this role may make new rows of `group` as their author, owner or joint worker."""
    return any(
        relation in policy().ways(actor.role, group, Action.CREATE)
        for relation in ("author", "owner", "joint", "assigned", "reviewer")
    )
