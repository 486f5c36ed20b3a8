"""Approving a pledge: municipality and police each say yes to the same version, by two different people (S17)."""

from __future__ import annotations

from datetime import datetime

from access import door
from access.actor import Actor
from access.policy import Action
from access.request_transaction import record
from safety.models import PARTY_OF_ROLE, Approval, Party, Pledge, PledgeState
from safety.services.pledge import lock, membership_of


class SamePerson(Exception):
    """The same person has already approved for the other party."""


class AlreadyApproved(Exception):
    """This party has already approved this version."""


def standing_approvals(pledge: Pledge) -> dict[Party, Approval]:
    """The approvals that count: those of the version as it is now."""
    given = pledge.approvals.filter(version=pledge.version).select_related(
        "membership__user", "membership__unit"
    )
    return {Party(approval.party): approval for approval in given}


def awaited_by(actor: Actor, pledge: Pledge) -> Party | None:
    """The party that this actor could approve for now; None where there is nothing to approve."""
    party = PARTY_OF_ROLE.get(actor.role)
    if party is None or pledge.state != PledgeState.DRAFT:
        return None
    standing = standing_approvals(pledge)
    mine = any(approval.membership.user_id == actor.user_id for approval in standing.values())
    return None if party in standing or mine else party


def approve(*, actor: Actor, pledge: Pledge, seen_version: int, now: datetime) -> Party:
    """One party's yes to what the page showed. Raises ChangedMeanwhile, AlreadyApproved, SamePerson."""
    door.demand(actor, pledge, "pledge", Action.DECIDE)
    party = PARTY_OF_ROLE.get(actor.role)
    if party is None:
        raise door.NotHere
    lock(pledge, seen_version)
    standing = standing_approvals(pledge)
    if party in standing:
        raise AlreadyApproved
    if any(approval.membership.user_id == actor.user_id for approval in standing.values()):
        raise SamePerson
    Approval.objects.create(
        municipality_id=pledge.municipality_id,
        agency_id=pledge.agency_id,
        pledge=pledge,
        version=pledge.version,
        party=party,
        membership_id=membership_of(actor),
        at=now,
    )
    if {party, *standing} == set(Party):
        pledge.state = PledgeState.APPROVED
        pledge.save(update_fields=["state"])
    record("pledge.approve", object_type="safety.pledge", object_id=pledge.id, basis=party.value)
    return party
