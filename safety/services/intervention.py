"""Joint interventions (gemensam insats): what two or more agencies do together about a group or an area (S19)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from access.actor import Actor
from access.models import Unit
from access.request_transaction import record
from reminders.working_days import local_date
from safety.models import OPEN_TASK, Activity, Intervention, InterventionState, Level
from safety.models.intervention import NEXT
from safety.rules.intervention_number import draw_number
from safety.rules.person_words import refuse_identity_numbers
from safety.services.pledge import ChangedMeanwhile

AGENCIES_NEEDED = 2


class OneAgencyOnly(ValueError):
    """It is joint only when units of two agencies have tasks in it."""


class OpenTasks(ValueError):
    """It cannot end while somebody still has something to do in it; the argument is how many."""


class NotNext(ValueError):
    """That state does not follow the one it is in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InterventionFields:
    level: Level
    what: str
    where: str
    starts_on: date
    ends_on: date | None
    requested_by: Unit
    activity: Activity | None


def start_intervention(*, actor: Actor, given: InterventionFields, now: datetime) -> Intervention:
    """A planned one without tasks. Raises PointsOutAPerson."""
    intervention = Intervention(
        municipality_id=actor.municipality_id,
        agency_id=actor.agency_id,
        number=draw_number(local_date(now)),
        created_at=now,
    )
    _fill(intervention, given)
    intervention.save(force_insert=True)
    _note("intervention.add", intervention)
    return intervention


def change_intervention(
    *,
    actor: Actor,
    intervention: Intervention,
    given: InterventionFields,
    state: InterventionState,
    result: str,
    seen_version: int,
) -> None:
    """Raises ChangedMeanwhile, PointsOutAPerson, NotNext, OneAgencyOnly, OpenTasks."""
    lock(intervention, seen_version)
    refuse_identity_numbers(result=result)
    if state != intervention.state:
        _demand_possible(intervention, state)
    _fill(intervention, given)
    intervention.state, intervention.result = state, result
    intervention.version += 1
    intervention.save()
    _note("intervention.change", intervention)


def lock(intervention: Intervention, seen_version: int) -> None:
    """Takes the intervention for change, as it was when the page was opened. Raises ChangedMeanwhile."""
    held = Intervention.objects.select_for_update().get(pk=intervention.pk)
    if held.version != seen_version:
        raise ChangedMeanwhile
    intervention.state, intervention.version = held.state, held.version


def agencies_in(intervention: Intervention) -> int:
    """How many agencies have a task in it."""
    return intervention.tasks.values("agency_id").distinct().count()


def _demand_possible(intervention: Intervention, state: InterventionState) -> None:
    if state not in NEXT[InterventionState(intervention.state)]:
        raise NotNext
    if state == InterventionState.PLANNED:
        return
    if agencies_in(intervention) < AGENCIES_NEEDED:
        raise OneAgencyOnly
    waiting = intervention.tasks.filter(status__in=OPEN_TASK).count()
    if state == InterventionState.DONE and waiting:
        raise OpenTasks(waiting)


def _fill(intervention: Intervention, given: InterventionFields) -> None:
    refuse_identity_numbers(what=given.what, where=given.where)
    intervention.level, intervention.what = given.level, given.what
    intervention.where = given.where
    intervention.starts_on, intervention.ends_on = given.starts_on, given.ends_on
    intervention.requested_by, intervention.activity = given.requested_by, given.activity


def _note(action: str, intervention: Intervention) -> None:
    record(
        action,
        object_type="safety.intervention",
        object_id=intervention.id,
        case=(None, intervention.number),
    )
