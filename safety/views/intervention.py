"""Joint interventions: the list, a new one, one with its tasks, and changing it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from access import door, routes
from access.actor import ActingRequest
from access.forms import bound
from access.models import Municipality
from access.policy import Action
from safety.forms.activity import units_of
from safety.forms.free_text import known_words
from safety.forms.intervention import (
    InterventionChangeForm,
    InterventionForm,
    initial_of,
)
from safety.models import Activity, Intervention, InterventionState, InterventionTask, TaskStatus
from safety.services import intervention as service
from safety.services.pledge import ChangedMeanwhile
from safety.views.pledge import show_with_version, stands_kept

TONES = {
    InterventionState.PLANNED.value: "neutral",
    InterventionState.ONGOING.value: "active",
    InterventionState.DONE.value: "good",
}
TASK_TONES = {
    TaskStatus.PLANNED.value: "neutral",
    TaskStatus.ONGOING.value: "active",
    TaskStatus.DONE.value: "good",
    TaskStatus.DROPPED.value: "stop",
}


@require_safe
def intervention_list(request: ActingRequest) -> HttpResponse:
    actor = request.actor
    rows = [
        [
            {"text": one.number, "url": reverse("intervention_detail", args=[one.pk])},
            {"text": one.where},
            {"text": one.get_level_display()},
            {
                "text": f"{one.starts_on.isoformat()} – {one.ends_on.isoformat() if one.ends_on else ''}"
            },
            {"tag": one.get_state_display(), "tone": TONES[one.state]},
        ]
        for one in door.visible(actor, Intervention)
    ]
    context = {
        "rows": rows,
        "columns": [
            {"label": _("Nummer")},
            {"label": _("Var")},
            {"label": _("Gäller")},
            {"label": _("När")},
            {"label": _("Läge")},
        ],
        "may_add": routes.may_enter(actor, "intervention_new"),
    }
    return render(request, "safety/intervention_list.html", context)


@require_http_methods(["GET", "POST"])
def intervention_new(request: ActingRequest) -> HttpResponse:
    actor = request.actor
    if not door.may_create(actor, "intervention"):
        raise door.NotHere
    form = bound(
        request,
        InterventionForm,
        initial={"requested_by": str(actor.unit_id)},
        **_form_needs(request),
    )
    if request.method == "POST" and form.is_valid():
        made = service.start_intervention(actor=actor, given=form.given(), now=timezone.now())
        messages.success(
            request,
            _("Insatsen är sparad. Lägg nu till en uppgift för varje verksamhet som är med."),
        )
        return redirect("intervention_detail", pk=made.pk)
    context = {"form": form, "crumbs": crumbs(), "title": _("Ny gemensam insats")}
    return render(
        request, "safety/intervention_form.html", context, status=422 if request.POST else 200
    )


@require_safe
def intervention_detail(request: ActingRequest, pk: UUID) -> HttpResponse:
    actor = request.actor
    row = door.open_one(actor, Intervention, pk)
    shown = door.reveal_one(actor, row, door.Purpose.CASE_WORK)
    tasks = list(
        door.visible(actor, InterventionTask)
        .filter(intervention=row)
        .select_related("unit", "agency", "responsible__user")
    )
    context = {
        "intervention": row,
        "shown": shown,
        "tone": TONES[row.state],
        "facts": _facts(row),
        "tasks": [
            {
                "task": task,
                "tone": TASK_TONES[task.status],
                "url": reverse("intervention_task", args=[task.pk]),
                "mine": task.responsible_id == actor.membership_id,
            }
            for task in tasks
        ],
        "needs_agency": row.state == InterventionState.PLANNED
        and len({task.agency_id for task in tasks}) < service.AGENCIES_NEEDED,
        "may_change": routes.may_enter(actor, "intervention_change")
        and door.may(actor, row, "intervention", Action.WRITE),
        "may_add_task": row.state != InterventionState.DONE
        and routes.may_enter(actor, "intervention_task_new"),
        "crumbs": crumbs(),
    }
    return render(request, "safety/intervention_detail.html", context)


@require_http_methods(["GET", "POST"])
def intervention_change(request: ActingRequest, pk: UUID) -> HttpResponse:
    actor = request.actor
    row = door.open_one(actor, Intervention, pk)
    door.demand(actor, row, "intervention", Action.WRITE)
    form = bound(
        request,
        InterventionChangeForm,
        initial=initial_of(row),
        now_in=InterventionState(row.state),
        **_form_needs(request),
    )
    problem = ""
    if request.method == "POST" and form.is_valid():
        try:
            service.change_intervention(
                actor=actor,
                intervention=row,
                given=form.given(),
                state=InterventionState(form.cleaned_data["state"]),
                result=form.cleaned_data["result"],
                seen_version=form.cleaned_data["seen_version"],
            )
            messages.success(request, _("Ändringen är sparad och syns för alla som är med."))
            return redirect("intervention_detail", pk=pk)
        except ChangedMeanwhile:
            problem = stands_kept()
            form = show_with_version(form, door.open_one(actor, Intervention, pk).version)
        except service.OneAgencyOnly:
            form.add_error(
                "state",
                _(
                    "En gemensam insats har uppgifter för minst två verksamheter. Lägg till dem först."
                ),
            )
        except service.OpenTasks as waiting:
            form.add_error("state", _waiting(waiting.args[0]))
        except service.NotNext:
            form.add_error("state", _("Insatsens läge har ändrats. Välj igen."))
    context = {
        "form": form,
        "problem": problem,
        "title": _("Ändra insatsen"),
        "intervention": row,
        "crumbs": crumbs(row),
        "back_url": reverse("intervention_detail", args=[pk]),
    }
    status = 409 if problem else 422 if request.POST else 200
    return render(request, "safety/intervention_form.html", context, status=status)


def crumbs(row: Intervention | None = None) -> list[dict[str, str]]:
    """The way back to the list, and to the intervention if one is given."""
    items = [{"label": _("Gemensamma insatser"), "url": reverse("intervention_list")}]
    if row is not None:
        items.append({"label": row.number, "url": reverse("intervention_detail", args=[row.pk])})
    return items


def known(request: ActingRequest) -> frozenset[str]:
    """Words of the municipality's own units, which are no person's name."""
    return known_words(Municipality.objects.get(pk=request.actor.municipality_id))


def _form_needs(request: ActingRequest) -> dict[str, Any]:
    actor = request.actor
    activities = (
        door.visible(actor, Activity)
        .filter(pledge__removed_at__isnull=True)
        .select_related("pledge")
        .order_by("-pledge__year", "order")
    )
    return {
        "units": units_of(actor.municipality_id),
        "activities": list(activities),
        "known": known(request),
    }


def _facts(row: Intervention) -> list[dict[str, Any]]:
    unit = row.requested_by
    when = row.starts_on.isoformat()
    facts: list[dict[str, Any]] = [
        {"term": _("Gäller"), "value": row.get_level_display()},
        {"term": _("Vad"), "value": row.what},
        {"term": _("Var"), "value": row.where},
        {
            "term": _("När"),
            "value": f"{when} – {row.ends_on.isoformat()}" if row.ends_on else _("Från %s") % when,
        },
        {"term": _("Begärd av"), "value": unit.name, "kind": unit.agency.kind},
    ]
    if row.activity is not None:
        serves = f"{row.activity.pledge.year}: {row.activity.what}"
        facts.append({"term": _("Del av medborgarlöftet"), "value": serves})
    if row.result:
        facts.append({"term": _("Vad den ledde till"), "value": row.result})
    return facts


def _waiting(count: int) -> str:
    return ngettext(
        "%(count)d uppgift är inte klar. Insatsen kan avslutas när alla har svarat.",
        "%(count)d uppgifter är inte klara. Insatsen kan avslutas när alla har svarat.",
        count,
    ) % {"count": count}
