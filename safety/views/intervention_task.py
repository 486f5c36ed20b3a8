"""A unit's task in a joint intervention: adding it, and saying how it went."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from access import door
from access.actor import ActingRequest
from access.forms import bound
from access.policy import Action
from safety.forms.intervention import TaskForm, TaskReportForm
from safety.models import Intervention, InterventionTask, TaskStatus
from safety.services import intervention_task as service
from safety.services.pledge import ChangedMeanwhile
from safety.views.intervention import TASK_TONES, crumbs, known
from safety.views.pledge import show_with_version, stands_kept


@require_http_methods(["GET", "POST"])
def intervention_task_new(request: ActingRequest, pk: UUID) -> HttpResponse:
    actor, today = request.actor, timezone.localdate()
    intervention = door.open_one(actor, Intervention, pk)
    door.demand(actor, intervention, "intervention", Action.CREATE)
    people = service.can_be_responsible(municipality_id=actor.municipality_id, today=today)
    form = bound(request, TaskForm, people=people, today=today, known=known(request))
    if request.method == "POST" and form.is_valid():
        try:
            service.add_task(
                actor=actor,
                intervention=intervention,
                responsible=form.chosen(),
                what=form.cleaned_data["what"],
                due_on=form.cleaned_data["due_on"],
            )
            messages.success(
                request, _("Uppgiften är sparad. Den som ansvarar påminns i sin egen verksamhet.")
            )
            return redirect("intervention_detail", pk=pk)
        except service.InterventionEnded:
            form.add_error(
                None, _("Insatsen är avslutad. Öppna den igen innan du lägger till något.")
            )
    context = {
        "form": form,
        "title": _("Lägg till en uppgift"),
        "crumbs": crumbs(intervention),
        "back_url": reverse("intervention_detail", args=[pk]),
    }
    return render(
        request, "safety/intervention_form.html", context, status=422 if request.POST else 200
    )


@require_http_methods(["GET", "POST"])
def intervention_task(request: ActingRequest, pk: UUID) -> HttpResponse:
    actor = request.actor
    task = door.open_one(actor, InterventionTask, pk)
    shown = door.reveal_one(actor, task, door.Purpose.CASE_WORK)
    may_report = service.may_report(actor, task)
    form, problem = None, ""
    if may_report or request.method == "POST":
        form = bound(
            request,
            TaskReportForm,
            known=known(request),
            initial={"status": task.status, "result": task.result, "seen_version": task.version},
        )
    if request.method == "POST" and form is not None and form.is_valid():
        try:
            service.report_task(
                actor=actor,
                task=task,
                status=TaskStatus(form.cleaned_data["status"]),
                result=form.cleaned_data["result"],
                seen_version=form.cleaned_data["seen_version"],
            )
            messages.success(request, _("Sparat. De andra som är med i insatsen ser det."))
            return redirect("intervention_detail", pk=task.intervention_id)
        except service.OthersTask:
            problem = _("Uppgiften hör till en annan verksamhet. Bara de kan säga hur den går.")
        except service.TaskClosed:
            problem = _("Uppgiften är redan avslutad.")
        except ChangedMeanwhile:
            problem = stands_kept()
            now = door.open_one(actor, InterventionTask, pk)
            form = show_with_version(form, now.version)
    context = {
        "task": task,
        "shown": shown,
        "intervention": task.intervention,
        "tone": TASK_TONES[task.status],
        "facts": _facts(task),
        "form": form,
        "may_report": may_report,
        "problem": problem,
        "crumbs": crumbs(task.intervention),
    }
    status = 409 if problem else 422 if request.POST else 200
    return render(request, "safety/intervention_task.html", context, status=status)


def _facts(task: InterventionTask) -> list[dict[str, object]]:
    facts: list[dict[str, object]] = [
        {"term": _("Verksamhet"), "value": task.unit.name, "kind": task.agency.kind},
        {"term": _("Ansvarig"), "value": task.responsible.user.name},
        {"term": _("Klart senast"), "value": task.due_on.isoformat()},
    ]
    if task.result:
        facts.append({"term": _("Vad som gjordes"), "value": task.result})
    return facts
