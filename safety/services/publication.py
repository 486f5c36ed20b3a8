"""Publishing a pledge: a frozen snapshot, numbers included, that no later change reaches."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.utils.translation import override

from access import door, figures
from access.actor import Actor
from access.models import Municipality
from access.policy import Action
from access.request_transaction import record
from reminders.services import set_deadline
from reminders.working_days import local_date
from safety.models import Activity, Party, Pledge, PledgeState, Promiser, Publication
from safety.services.approval import standing_approvals
from safety.services.pledge import lock, membership_of


class NotApproved(Exception):
    """Municipality and police have not both approved what would be published."""


class YearTaken(Exception):
    """Another pledge of the municipality is already published for that year."""


class NotAhead(ValueError):
    """The next follow-up must be a day to come."""


def publish(
    *, actor: Actor, pledge: Pledge, seen_version: int, next_follow_up_on: date, now: datetime
) -> Publication:
    """A new public snapshot. Raises ChangedMeanwhile, NotApproved, YearTaken, NotAhead."""
    door.demand(actor, pledge, "pledge", Action.WRITE)
    lock(pledge, seen_version)
    if pledge.state != PledgeState.APPROVED or set(standing_approvals(pledge)) != set(Party):
        raise NotApproved
    same_year = Publication.objects.filter(municipality_id=pledge.municipality_id, year=pledge.year)
    if same_year.exclude(pledge=pledge).exists():
        raise YearTaken
    if next_follow_up_on <= local_date(now):
        raise NotAhead
    publication = Publication.objects.create(
        municipality_id=pledge.municipality_id,
        agency_id=pledge.agency_id,
        pledge=pledge,
        year=pledge.year,
        version=pledge.version,
        snapshot=snapshot_of(pledge, today=local_date(now)),
        published_at=now,
        next_follow_up_on=next_follow_up_on,
    )
    pledge.state = PledgeState.PUBLISHED
    pledge.first_published_at = pledge.first_published_at or now
    pledge.save(update_fields=["state", "first_published_at"])
    set_deadline(
        kind="task_due",
        subject_id=pledge.id,
        label=f"Medborgarlöfte {pledge.year}",
        route="pledge_detail",
        responsible=membership_of(actor),
        due_on=next_follow_up_on,
    )
    record("pledge.publish", object_type="safety.pledge", object_id=pledge.id)
    return publication


def snapshot_of(pledge: Pledge, *, today: date) -> dict[str, Any]:
    """Everything that the public page shows, as plain values. Holds no official's name."""
    activities = list(
        pledge.activities.select_related("owner_unit__agency").prefetch_related("follow_ups")
    )
    counted = _figures(pledge, activities, today)

    def of_promise(promise_id: object) -> list[dict[str, Any]]:
        return [activity_snapshot(a, counted) for a in activities if a.promise_id == promise_id]

    promises = pledge.promises.select_related("recurs_from__pledge")
    return {
        "municipality": Municipality.objects.get(pk=pledge.municipality_id).name,
        "year": pledge.year,
        "title": pledge.title,
        "parties": list(pledge.parties),
        "focus_areas": [area.name for area in pledge.focus_areas.all()],
        "promises": [
            {
                "promiser": Promiser(promise.promiser).value,
                "text": promise.text,
                "recurs_from": promise.recurs_from.pledge.year if promise.recurs_from else None,
                "activities": of_promise(promise.id),
            }
            for promise in promises
        ],
        "whole": of_promise(None),
    }


def activity_snapshot(activity: Activity, counted: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    """One activity as plain values, with those of its figures that have been counted."""
    unit = activity.owner_unit
    return {
        "what": activity.what,
        "unit": unit.name if unit else "",
        "agency": unit.agency.name if unit else "",
        "agency_kind": unit.agency.kind if unit else "",
        "due_on": activity.due_on.isoformat() if activity.due_on else None,
        "indicator": activity.indicator,
        "status": activity.status,
        "result": activity.result,
        "follow_ups": [
            {"on": note.noted_on.isoformat(), "text": note.text}
            for note in activity.follow_ups.all()
        ],
        "figures": [counted[key] for key in activity.figure_keys if key in counted],
    }


# What is published is kept in the product's first language, whoever publishes it.
@override(settings.LANGUAGE_CODE)
def _figures(
    pledge: Pledge, activities: Iterable[Activity], today: date
) -> dict[str, dict[str, Any]]:
    """Each figure once, counted from the year's first day to today (or its last), and frozen."""
    period = figures.Period(
        starts=date(pledge.year, 1, 1), ends=min(today, date(pledge.year, 12, 31))
    )
    if period.starts > period.ends:
        return {}
    asked = {key for activity in activities for key in activity.figure_keys}
    found = {}
    for key in sorted(asked & set(figures.registered())):
        figure = figures.figure(key, pledge.municipality_id, period)
        found[key] = {
            "key": key,
            "label": figure.label,
            "count": figure.count,
            "until": period.ends.isoformat(),
        }
    return found
