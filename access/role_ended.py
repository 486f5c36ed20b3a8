"""A role that has ended by itself: its holder is told which and where they are now, and what was being written comes back."""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables

from access.actor import Actor, signed_in
from access.held import NEVER_HELD
from access.models import Membership, Role, User
from access.models.membership import in_sentence

# Of the session: the roles that ended in it, and those that the holder has said to have seen. Ids, nothing more.
LEFT, SEEN_ENDED = "left", "seen_ended"
# Whoever was away when it ended is told on the start page for as long.
TOLD_FOR = timedelta(days=14)
# Codes, numbers and days: chosen or put there by the page, easily chosen again.
SENT_ALONG = re.compile(r"[a-z0-9_:.\-]*")


@dataclass(frozen=True, slots=True)
class Ended:
    """day: the last on which it was in force."""

    id: UUID
    role: str
    unit: str
    municipality: str
    day: date
    managers: tuple[str, ...]


def note_left(request: HttpRequest, membership_id: str) -> None:
    """The active role has ended since the last request."""
    left = request.session.get(LEFT, [])
    if membership_id not in left:
        request.session[LEFT] = [*left, membership_id]


def ended_of(request: HttpRequest, *, on_start_page: bool = False) -> list[Ended]:
    """The roles to tell of: those that ended in this session, and on the start page those that ended lately."""
    left = request.session.get(LEFT, [])
    if not left and not on_start_page:
        return []
    of_session = Q(pk__in=left)
    wanted = of_session | _lately() if on_start_page else of_session
    seen = request.session.get(SEEN_ENDED, [])
    return _told(request, Membership.objects.filter(wanted).exclude(pk__in=seen))


def last_ended(request: HttpRequest) -> Ended | None:
    """For somebody who has no role any more: the one that ended last."""
    rows = Membership.objects.filter(starts_on__lte=timezone.localdate())
    return max(_told(request, rows), key=lambda one: one.day, default=None)


def mark_seen(request: HttpRequest) -> None:
    told = [str(one.id) for one in ended_of(request, on_start_page=True)]
    request.session[SEEN_ENDED] = sorted({*request.session.get(SEEN_ENDED, []), *told})
    request.session[LEFT] = []


@sensitive_variables()
def what_was_written(request: HttpRequest, actor: Actor | None) -> HttpResponse:
    """What came for a role that has ended is carried out in no other and kept nowhere; its writer gets the texts back.

    Without the frame, which asks what only an acting role may. 403, so that a draft that saves itself says that it did not.
    """
    context = {
        "ended": last_left(request),
        "now": actor,
        "now_role": in_sentence(actor.role_label) if actor else "",
        "typed": _typed(request),
    }
    request.actor = None  # type: ignore[attr-defined]  # the frame is left out
    return render(request, "access/role_ended.html", context, status=403)


def last_left(request: HttpRequest) -> Ended | None:
    """The role that ended in this session, the latest if there are several."""
    return max(ended_of(request), key=lambda one: one.day, default=None)


def _lately() -> Q:
    today = timezone.localdate()
    since = today - TOLD_FOR
    midnight = timezone.make_aware(datetime.combine(since, time.min))
    by_itself = Q(ended_at__isnull=True, ends_on__lt=today, ends_on__gte=since)
    return by_itself | Q(ended_at__gte=midnight)


def _told(request: HttpRequest, rows: Iterable[Membership]) -> list[Ended]:
    """Of one's own, and not of one that goes on under a new row, or that is in force."""
    person, today = signed_in(request), timezone.localdate()
    own = rows.filter(user=person).select_related("unit", "municipality")  # type: ignore[attr-defined]  # a query set
    going = Membership.objects.in_force(today).filter(user=person)
    kept = set(going.values_list("unit_id", "role"))
    return [
        Ended(
            id=one.id,
            role=in_sentence(str(Role(one.role).label)),
            unit=one.unit.name,
            municipality=one.municipality.name,
            day=_last_day(one),
            managers=_managers(one, person, today),
        )
        for one in own
        if (one.unit_id, one.role) not in kept
    ]


def _last_day(membership: Membership) -> date:
    ended = membership.ended_at
    if ended is None:
        return membership.ends_on
    return min(membership.ends_on, timezone.localdate(ended))


def _managers(membership: Membership, person: User, today: date) -> tuple[str, ...]:
    held = Membership.objects.in_force(today).filter(unit=membership.unit_id, role=Role.MANAGER)
    names = held.exclude(user=person).order_by("user__name").values_list("user__name", flat=True)
    return tuple(dict.fromkeys(names))


def _typed(request: HttpRequest) -> list[str]:
    """What somebody wrote, as far as it can be told from what a page sends along by itself: codes, numbers and ids."""
    return [
        value
        for name, values in request.POST.lists()
        for value in values
        if name not in NEVER_HELD and not _sent_along(value)
    ]


def _sent_along(value: str) -> bool:
    with suppress(ValueError):
        UUID(value)
        return True
    return SENT_ALONG.fullmatch(value) is not None
