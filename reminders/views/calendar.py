"""The calendar address: no session, no cookie; whoever knows the secret gets the dates, everybody else what a missing page gives."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from access.actor import actor_of
from access.models import Membership
from access.request_transaction import act_as
from reminders import choice_rules
from reminders.calendar import as_icalendar, dates_of
from reminders.services import choice
from reminders.working_days import local_date


@login_not_required
@require_safe
def calendar_feed(request: HttpRequest, secret: str) -> HttpResponse:
    now = timezone.now()
    found = choice.find_feed(secret)
    if found is None:
        raise Http404
    feed_id, membership_id = found
    membership = (
        Membership.objects.in_force(local_date(now))
        .filter(pk=membership_id)
        .select_related("user", "unit", "agency", "municipality")
        .first()
    )
    if membership is None:
        raise Http404
    row = choice_rules.allowed(local_date(now), municipality=membership.municipality.code)
    if not row.calendar:
        raise Http404
    actor = actor_of(membership)
    act_as(actor)
    try:
        choice.note_fetch(feed_id=feed_id, now=now)
    except choice.TooOften:
        return HttpResponse(status=429)
    return HttpResponse(as_icalendar(dates_of(actor)), content_type="text/calendar; charset=utf-8")
