"""What "I dag" says of the police's questions: how many wait for my decision."""

from __future__ import annotations

from django.utils.translation import ngettext

from access import door, routes
from access.actor import Actor
from cases.models import PoliceRequest, RequestState
from reminders.today import Panel


def requests_panel(actor: Actor) -> list[Panel]:
    """How many questions from the police wait for me, as decider or as a deputy named for today."""
    if not routes.may_enter(actor, "police_request"):
        return []
    rows = door.reveal(
        actor,
        door.visible(actor, PoliceRequest).filter(state=RequestState.WAITING),
        door.Purpose.LIST,
        groups=(),
    )
    if not rows:
        return []
    title = ngettext(
        "En fråga från polisen väntar på ditt beslut",
        "%(count)d frågor från polisen väntar på ditt beslut",
        len(rows),
    ) % {"count": len(rows)}
    context = {"first": min(one.row.answer_by for one in rows)}
    return [
        Panel(
            title=title,
            template="cases/panel_requests.html",
            context=context,
            place="above",
            order=12,
        )
    ]
