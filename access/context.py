"""What every page's frame needs: who acts, where one can go, and what waits in the other memberships."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from access import routes
from access.actor import signed_in
from access.models import Membership, User

# The frame's menu, in order; an item shows where the route table lets the role in.
MENU = (
    ("today", _("I dag")),
    ("concern_new", _("Berätta om oro")),
    ("intake", _("Inkommen oro")),
    ("case_list", _("Ärenden")),
    ("released_list", _("Delat med oss")),
    ("late_follow_ups", _("Försenat")),
    ("log_review", _("Loggkontroll")),
    ("unit_log", _("Enhetens logg")),
    ("intervention_list", _("Gemensamma insatser")),
    ("pledge_list", _("Medborgarlöften")),
)

_waiting: list[Callable[[User], dict[UUID, int]]] = []


def count_waiting(counter: Callable[[User], dict[UUID, int]]) -> None:
    """Registers what waits for a user per membership: a count, never what it is about."""
    _waiting.append(counter)


def frame(request: HttpRequest) -> dict[str, Any]:
    actor = getattr(request, "actor", None)
    if actor is None:
        return {"actor": None, "memberships": [], "nav": [], "demo": settings.DEMO}
    here = routes.name_of(request)
    return {
        "actor": actor,
        "memberships": _others(request, actor.membership_id),
        "nav": [
            {"url": reverse(route), "label": label, "active": here == route}
            for route, label in MENU
            if routes.may_enter(actor, route)
        ],
        "demo": settings.DEMO,
    }


def _others(request: HttpRequest, active: UUID) -> list[dict[str, Any]]:
    held: list[Membership] = getattr(request, "memberships", [])
    others = [membership for membership in held if membership.id != active]
    if not others:
        return []
    counts: dict[UUID, int] = {}
    for counter in _waiting:
        for membership_id, count in counter(signed_in(request)).items():
            counts[membership_id] = counts.get(membership_id, 0) + count
    return [
        {
            "id": membership.id,
            "role": membership.get_role_display(),
            "unit": membership.unit.name,
            "municipality": membership.municipality.name,
            "waiting": counts.get(membership.id, 0),
        }
        for membership in others
    ]
