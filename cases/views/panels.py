"""What `cases` shows on "I dag": the way to tell of a concern, what has come in, what was released to me."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from access import door, routes
from access.actor import Actor
from access.models import Role
from cases.models import Concern, ConcernReceipt, ConcernState, MeetingCall, Release
from reminders.today import Panel

# Those whose first errand here is to tell of a concern.
TELLERS = frozenset(
    {
        Role.TEACHER,
        Role.PRINCIPAL,
        Role.SCHOOL_COUNSELLOR,
        Role.SCHOOL_NURSE,
        Role.YOUTH_WORKER,
    }
)
LATEST_RECEIPTS = 3
NEW_FOR = timedelta(days=14)


def tell_panel(actor: Actor) -> list[Panel]:
    """The primary action, and the latest receipts: the same words whatever became of a concern."""
    if actor.role not in TELLERS or not door.may_create(actor, "concern"):
        return []
    today = timezone.localdate()
    receipts = door.reveal(
        actor,
        door.visible(actor, ConcernReceipt)[:LATEST_RECEIPTS],
        door.Purpose.LIST,
        groups=(),
    )
    rows = [{"receipt": one.row, "settled": today >= one.row.settled_on} for one in receipts]
    return [
        Panel(
            title=_("Är du orolig för någon?"),
            template="cases/panel_tell.html",
            place="above",
            order=10,
        ),
        Panel(
            title=_("Dina senaste kvitton"),
            template="cases/panel_receipts.html",
            context={"rows": rows},
            place="beside",
            order=20,
        ),
    ]


def intake_panel(actor: Actor) -> list[Panel]:
    """How many concerns nobody has taken yet, and by when the first is to be answered."""
    if not routes.may_enter(actor, "intake"):
        return []
    waiting = door.reveal(
        actor,
        door.visible(actor, Concern).filter(state=ConcernState.NEW).select_related("case"),
        door.Purpose.LIST,
        groups=(),
    )
    count = len(waiting)
    if not count:
        return []
    title = ngettext(
        "En orossignal väntar på att någon tar den",
        "%(count)d orossignaler väntar på att någon tar dem",
        count,
    ) % {"count": count}
    context = {
        "first": min(one.row.answer_by for one in waiting),
        "late": sum(one.row.answer_by < timezone.localdate() for one in waiting),
    }
    return [
        Panel(
            title=title,
            template="cases/panel_intake.html",
            context=context,
            place="above",
            order=20,
        )
    ]


def released_panel(actor: Actor) -> list[Panel]:
    """What was released to me by name lately: number, from whom, until when; who it is about is on its page."""
    if not routes.may_enter(actor, "released_list"):
        return []
    rows = door.reveal(
        actor,
        door.visible(actor, Release).filter(released_at__gte=timezone.now() - NEW_FOR),
        door.Purpose.LIST,
        groups=(),
    )
    if not rows:
        return []
    return [
        Panel(
            title=_("Nytt som har lämnats ut till dig"),
            template="cases/panel_released.html",
            context={"rows": rows},
            place="above",
            order=15,
        )
    ]


def meeting_calls_panel(actor: Actor) -> list[Panel]:
    """Network meetings I am called to: when and at whose; place and subject are on the call's page."""
    if not routes.may_enter(actor, "meeting_call_list"):
        return []
    rows = door.reveal(actor, door.visible(actor, MeetingCall), door.Purpose.LIST, groups=())
    if not rows:
        return []
    return [
        Panel(
            title=_("Du är kallad till"),
            template="cases/panel_meeting_calls.html",
            context={"rows": rows},
            place="above",
            order=16,
        )
    ]
