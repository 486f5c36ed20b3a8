"""The activities that a promise is kept by, and the notes on how they go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Max

from access.actor import Actor
from access.models import Unit
from access.request_transaction import record
from safety.models import Activity, ActivityStatus, FollowUp, Pledge, Promise
from safety.rules.person_words import refuse_identity_numbers
from safety.services.pledge import changed, lock, membership_of


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivityFields:
    promise: Promise | None
    what: str
    owner_unit: Unit
    due_on: date | None
    indicator: str
    result: str
    status: ActivityStatus
    figure_keys: Sequence[str]


def add_activity(
    *, actor: Actor, pledge: Pledge, given: ActivityFields, seen_version: int
) -> Activity:
    """Raises ChangedMeanwhile, PointsOutAPerson."""
    lock(pledge, seen_version)
    last = pledge.activities.aggregate(last=Max("order"))["last"]
    activity = Activity(
        municipality_id=pledge.municipality_id,
        agency_id=pledge.agency_id,
        pledge=pledge,
        order=0 if last is None else last + 1,
    )
    _fill(activity, given)
    activity.save(force_insert=True)
    changed(pledge)
    record("activity.add", object_type="safety.activity", object_id=activity.id)
    return activity


def change_activity(
    *, actor: Actor, activity: Activity, given: ActivityFields, seen_version: int
) -> None:
    """Raises ChangedMeanwhile, PointsOutAPerson."""
    lock(activity.pledge, seen_version)
    _fill(activity, given)
    activity.save()
    changed(activity.pledge)
    record("activity.change", object_type="safety.activity", object_id=activity.id)


def add_follow_up(
    *, actor: Actor, activity: Activity, text: str, noted_on: date, seen_version: int
) -> FollowUp:
    """A note on how it went; the public reads it after the next publication. Raises as above."""
    refuse_identity_numbers(text=text)
    lock(activity.pledge, seen_version)
    note = FollowUp.objects.create(
        municipality_id=activity.municipality_id,
        agency_id=activity.agency_id,
        activity=activity,
        text=text,
        noted_on=noted_on,
        membership_id=membership_of(actor),
    )
    changed(activity.pledge)
    record("activity.follow_up", object_type="safety.activity", object_id=activity.id)
    return note


def _fill(activity: Activity, given: ActivityFields) -> None:
    refuse_identity_numbers(what=given.what, indicator=given.indicator, result=given.result)
    if given.promise is not None and given.promise.pledge_id != activity.pledge_id:
        raise ValueError("the promise belongs to another pledge")
    activity.promise, activity.what = given.promise, given.what
    activity.owner_unit, activity.due_on = given.owner_unit, given.due_on
    activity.indicator, activity.result = given.indicator, given.result
    activity.status, activity.figure_keys = given.status, list(given.figure_keys)
