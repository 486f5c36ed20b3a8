"""What joint work shows on "I dag": a pledge that the other party has approved and that waits for mine."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _

from access import door
from access.actor import Actor
from access.policy import Action
from reminders.today import Panel
from safety.models import PARTY_OF_ROLE, Pledge, PledgeState
from safety.services.approval import awaited_by, standing_approvals


def approval_panel(actor: Actor) -> Sequence[Panel]:
    """Nothing for those who approve for no party, and nothing before the other party has said yes."""
    if actor.role not in PARTY_OF_ROLE:
        return []
    drafts = door.visible(actor, Pledge, action=Action.DECIDE).filter(state=PledgeState.DRAFT)
    waiting = [p for p in drafts if standing_approvals(p) and awaited_by(actor, p)]
    if not waiting:
        return []
    return [
        Panel(
            title=_("Medborgarlöfte att godkänna"),
            template="safety/panel_approvals.html",
            context={"rows": waiting},
            place="above",
        )
    ]
