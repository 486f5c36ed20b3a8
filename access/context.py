"""What every page's frame needs: who acts, where one can go, and what waits in the other memberships."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from access import routes
from access.actor import Actor, signed_in
from access.models import Membership, User
from access.models.membership import in_sentence
from access.role_ended import Ended, ended_of

# The frame's menu, in order; an item shows where the route table lets the role in.
MENU = (
    ("today", _("I dag")),
    ("concern_new", _("Berätta om oro")),
    ("intake", _("Inkommen oro")),
    ("received_reports", _("Orosanmälningar")),
    ("case_list", _("Ärenden")),
    ("released_list", _("Delat med oss")),
    ("police_requests", _("Polisens frågor")),
    ("share_new", _("Dela")),
    ("disclosure_register", _("Utlämnat")),
    ("late_follow_ups", _("Försenat")),
    ("log_review", _("Loggkontroll")),
    ("unit_log", _("Enhetens logg")),
    ("role_list", _("Behörigheter")),
    ("unit_list", _("Enheter")),
    ("municipality", _("Kommunen")),
    ("intervention_list", _("Gemensamma insatser")),
    ("pledge_list", _("Medborgarlöften")),
)

# What stands in the phone's bar, four beside each other: one word, with the place where it may be divided.
SHORT = {
    "received_reports": _("Anmäl\u00adningar"),
    "log_review": _("Logg\u00adkontroll"),
    "intervention_list": _("Insatser"),
    "pledge_list": _("Löften"),
}

_waiting: list[Callable[[User], dict[UUID, int]]] = []
_banners: list[Callable[[Actor], Banner | None]] = []


@dataclass(frozen=True, slots=True, kw_only=True)
class Banner:
    """A line on top of every page while something out of the ordinary lasts, and the button that ends it."""

    text: str
    url: str
    label: str
    end_url: str
    end_label: str


def banner(maker: Callable[[Actor], Banner | None]) -> None:
    """Registers what may stand on top of an actor's every page; called once, from an app's `ready`."""
    _banners.append(maker)


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
            {
                "url": reverse(route),
                "label": label,
                "short": SHORT.get(route, label),
                "active": here == route,
            }
            for route, label in MENU
            if routes.may_enter(actor, route)
        ],
        "banners": [] if connection.needs_rollback else _banners_of(actor),
        "at_start": here == "today",
        "acting_role": in_sentence(actor.role_label),
        "left": [] if connection.needs_rollback else _left(request, here),
        "demo": settings.DEMO,
    }


def _left(request: HttpRequest, here: str) -> list[Ended]:
    """The roles of one's own that have ended, until one has seen it."""
    return ended_of(request, on_start_page=here == "today")


def _banners_of(actor: Actor) -> list[Banner]:
    return [found for maker in _banners if (found := maker(actor)) is not None]


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
