"""Roles that wait for somebody's word, on the first page of whoever may agree to them."""

from __future__ import annotations

from django.utils import timezone
from django.utils.translation import ngettext

from access import routes
from access.accounts import listing
from access.actor import Actor
from reminders.today import Panel


def proposals_panel(actor: Actor) -> list[Panel]:
    """How many; never for whom."""
    if not routes.may_enter(actor, "role_proposals"):
        return []
    count = len(listing.to_confirm(actor, today=timezone.localdate()))
    if not count:
        return []
    title = ngettext(
        "En behörighet väntar på att du bekräftar den",
        "%(count)d behörigheter väntar på att du bekräftar dem",
        count,
    )
    return [
        Panel(
            title=title % {"count": count},
            template="reminders/proposals_panel.html",
            place="above",
            order=20,
        )
    ]


def due_panel(actor: Actor) -> list[Panel]:
    """How many end soon unless an administrator attests them."""
    if not routes.may_enter(actor, "role_list"):
        return []
    count = listing.due(actor, today=timezone.localdate()).count()
    if not count:
        return []
    title = ngettext("En behörighet tar snart slut", "%(count)d behörigheter tar snart slut", count)
    return [
        Panel(
            title=title % {"count": count},
            template="reminders/due_roles_panel.html",
            place="above",
            order=30,
        )
    ]
