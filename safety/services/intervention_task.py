"""A unit's task in a joint intervention: one responsible person, one day, reminded in that person's agency."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from access import door
from access.actor import Actor
from access.models import Membership, Role
from access.policy import Action, policy
from access.request_transaction import record
from reminders.models import Deadline
from reminders.services import cancel, finish, set_deadline
from safety.models import (
    OPEN_TASK,
    Intervention,
    InterventionState,
    InterventionTask,
    TaskStatus,
)
from safety.rules.person_words import refuse_identity_numbers
from safety.services.pledge import ChangedMeanwhile


class InterventionEnded(ValueError):
    """Nothing more can be added to one that has ended."""


class OthersTask(PermissionError):
    """Only the agency that is to do the task says how it went."""


class TaskClosed(ValueError):
    """The task is done already, or was dropped."""


def can_be_responsible(*, municipality_id: UUID, today: date) -> list[Membership]:
    """Who may have a task: memberships in force whose role may work with joint interventions."""
    roles = [r for r in Role if policy().permits(r, "joint", "intervention", Action.WRITE)]
    return list(
        Membership.objects.in_force(today)
        .filter(municipality_id=municipality_id, role__in=roles)
        .select_related("user", "unit", "agency")
        .order_by("agency__name", "unit__name", "user__name", "id")
    )


def add_task(
    *,
    actor: Actor,
    intervention: Intervention,
    responsible: Membership,
    what: str,
    due_on: date,
) -> InterventionTask:
    """A task for the responsible person's unit, with reminders there. Raises PointsOutAPerson, InterventionEnded."""
    refuse_identity_numbers(what=what)
    held = Intervention.objects.select_for_update().get(pk=intervention.pk)
    if held.state == InterventionState.DONE:
        raise InterventionEnded
    if responsible.municipality_id != intervention.municipality_id:
        raise ValueError("the responsible person works in another municipality")
    task = InterventionTask.objects.create(
        municipality_id=intervention.municipality_id,
        agency_id=responsible.agency_id,
        intervention=intervention,
        unit_id=responsible.unit_id,
        responsible=responsible,
        what=what,
        due_on=due_on,
    )
    set_deadline(
        kind="task_due",
        subject_id=task.id,
        label=intervention.number,
        route="intervention_task",
        responsible=responsible.id,
        due_on=due_on,
        place=(task.municipality_id, task.agency_id),
    )
    _note("intervention.task", task)
    return task


def may_report(actor: Actor, task: InterventionTask) -> bool:
    """Whether the actor works in the agency whose task it is, and may write in joint interventions."""
    return (
        task.agency_id == actor.agency_id
        and task.status in OPEN_TASK
        and door.may(actor, task, "intervention", Action.WRITE)
    )


def report_task(
    *, actor: Actor, task: InterventionTask, status: TaskStatus, result: str, seen_version: int
) -> None:
    """How the task goes; done or dropped ends its reminders.

    Raises OthersTask, TaskClosed, ChangedMeanwhile, PointsOutAPerson.
    """
    door.demand(actor, task, "intervention", Action.WRITE)
    refuse_identity_numbers(result=result)
    if task.agency_id != actor.agency_id:
        raise OthersTask
    held = InterventionTask.objects.select_for_update().get(pk=task.pk)
    if held.version != seen_version:
        raise ChangedMeanwhile
    if held.status not in OPEN_TASK:
        raise TaskClosed
    task.status, task.result = status, result
    task.version = seen_version + 1
    task.save(update_fields=["status", "result", "version"])
    if status == TaskStatus.DONE:
        finish(kind="task_due", subject_id=task.id)
    elif status == TaskStatus.DROPPED:
        cancel(kind="task_due", subject_id=task.id)
    _note("intervention.task_report", task)


def finish_from_inbox(actor: Actor, deadline: Deadline) -> None:
    """Done, with what has been written of it so far. Raises NotHere where it is not the actor's to see."""
    task = door.open_one(actor, InterventionTask, deadline.subject_id)
    report_task(
        actor=actor,
        task=task,
        status=TaskStatus.DONE,
        result=task.result,
        seen_version=task.version,
    )


def _note(action: str, task: InterventionTask) -> None:
    record(
        action,
        object_type="safety.interventiontask",
        object_id=task.id,
        case=(None, task.intervention.number),
    )
