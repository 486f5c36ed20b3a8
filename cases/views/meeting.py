"""The network meeting: planning it, changing or calling it off, and writing down what it came to."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from access import door
from access.actor import ActingRequest, Actor
from access.forms import bound
from access.not_now import NotNow
from access.policy import Action
from cases.forms.again import seen_now
from cases.forms.meeting import CancelForm, MeetingForm, MinutesForm, not_covered
from cases.models import Case, Meeting, MeetingState
from cases.models.case import OPEN_STAGES
from cases.rules.codes import words
from cases.services import meeting as service
from cases.services import meeting_guests as guests
from cases.services.case_stop import stage_on
from cases.services.refusals import CaseStopped, ChangedMeanwhile
from cases.views.commitment_words import commitments_of, may_promise
from cases.views.consent_parts import may_begin
from cases.views.moved_often import told_beforehand
from cases.views.stopped import case_stopped
from cases.views.text_guard import text_passes
from reminders.working_days import local_date


@require_http_methods(["GET", "POST"])
def meeting_new(request: ActingRequest, pk: UUID) -> HttpResponse:
    actor = request.actor
    case = door.open_one(actor, Case, pk)
    _demand_under_consent(actor, case)
    if stage_on(case, timezone.localdate()) not in OPEN_STAGES:
        return case_stopped(request, case)
    circle = guests.circle(case, today=timezone.localdate())
    form = bound(request, MeetingForm, **_choices(circle), initial={"row_id": uuid4()})
    if request.method == "POST" and form.is_valid() and text_passes(actor, form, case):
        given = form.cleaned_data
        try:
            meeting = service.plan_meeting(
                actor=actor,
                case=case,
                form_id=form.row(),
                planned_for=given["planned_for"],
                text=_text(form),
                invited=form.chosen(),
                now=timezone.now(),
            )
            return redirect("meeting_detail", pk=meeting.pk)
        except service.NotCovered as refused:
            form.add_error("invited", not_covered([one.user.name for one in refused.who]))
        except CaseStopped:
            return case_stopped(request, case)
    context = {
        "form": form,
        "case": case,
        "outside": circle.outside_units,
        "may_consent": may_begin(actor, case),
    }
    return render(request, "cases/meeting_new.html", context, status=422 if request.POST else 200)


@require_http_methods(["GET", "POST"])
def meeting_change(request: ActingRequest, pk: UUID) -> HttpResponse:
    actor = request.actor
    meeting = door.open_one(actor, Meeting, pk)
    door.demand(actor, meeting, "meeting", Action.WRITE)
    shown = door.reveal_one(actor, meeting, door.Purpose.CASE_WORK)
    invited = [str(i.of_membership) for i in meeting.invitees.filter(dropped_at__isnull=True)]
    initial = {
        "planned_for": timezone.localtime(meeting.planned_for),
        "place": shown.place,
        "about": shown.about,
        "family": shown.family,
        "invited": invited,
        "seen_version": meeting.version,
    }
    circle = guests.circle(meeting.case, today=timezone.localdate())
    form = bound(
        request,
        MeetingForm,
        **_choices(circle),
        moved_from=local_date(meeting.planned_for),
        initial=initial,
    )
    problem = ""
    if request.method == "POST" and form.is_valid() and text_passes(actor, form, meeting.case):
        try:
            service.change_meeting(
                actor=actor,
                meeting=meeting,
                planned_for=form.cleaned_data["planned_for"],
                text=_text(form),
                invited=form.chosen(),
                why_moved=form.why_moved(),
                seen_version=form.cleaned_data["seen_version"] or 0,
                now=timezone.now(),
            )
            return redirect("meeting_detail", pk=pk)
        except service.NotCovered as refused:
            form.add_error("invited", not_covered([one.user.name for one in refused.who]))
        except CaseStopped:
            return case_stopped(request, meeting.case)
        except ChangedMeanwhile:
            problem = _(
                "En kollega har ändrat mötet sedan du öppnade sidan. Det du skrev står kvar; jämför innan du sparar igen."
            )
            seen_now(form, door.open_one(actor, Meeting, pk).version)
    context = {
        "form": form,
        "case": meeting.case,
        "meeting": meeting,
        "problem": problem,
        "told_beforehand": told_beforehand(kind=service.KIND, subject_id=meeting.pk),
        "outside": circle.outside_units,
        "may_consent": may_begin(actor, meeting.case),
    }
    status = 409 if problem else 422 if request.POST else 200
    return render(request, "cases/meeting_change.html", context, status=status)


@require_http_methods(["GET", "POST"])
def meeting_detail(request: ActingRequest, pk: UUID) -> HttpResponse:
    """Who is called, what was written; while it is planned: the minutes, or calling it off."""
    actor = request.actor
    meeting = door.open_one(actor, Meeting, pk)
    calling_off = request.POST.get("act") == "cancel"
    cancelling = _cancel_form(request, meeting, sent=calling_off)
    minutes = _minutes_form(request, meeting, sent=not calling_off)
    problem = ""
    sent: Form = cancelling if calling_off else minutes
    if request.method == "POST" and sent.is_valid() and text_passes(actor, sent, meeting.case):
        try:
            _write(actor, meeting, cancelling, minutes, calling_off=calling_off)
            return redirect("meeting_detail", pk=pk)
        except ChangedMeanwhile:
            meeting = door.open_one(actor, Meeting, pk)
            problem = _(
                "En kollega har ändrat mötet sedan du öppnade sidan. Det du skrev står kvar; läs mötet igen innan du sparar."
            )
            seen_now(sent, meeting.version)
    context = _page(actor, meeting) | {
        "cancelling": cancelling,
        "form": minutes,
        "problem": problem,
    }
    status = 409 if problem else 422 if request.POST else 200
    return render(request, "cases/meeting_detail.html", context, status=status)


def _choices(circle: guests.Circle) -> dict[str, Any]:
    return {
        "own": circle.own,
        "others": circle.covered,
        "uncovered": {str(one.id): one.user.name for one in circle.outside},
        "now": timezone.now(),
    }


def _demand_under_consent(actor: Actor, case: Case) -> None:
    """Raises NotNow with the way to a consent, for who may begin one."""
    try:
        door.demand(actor, case, "meeting", Action.CREATE)
    except NotNow as fault:
        if may_begin(actor, case):
            fault.way = _("Registrera samtycke"), reverse("consent_new", kwargs={"pk": case.pk})
        raise


def _text(form: MeetingForm) -> service.MeetingText:
    given = form.cleaned_data
    return service.MeetingText(about=given["about"], place=given["place"], family=given["family"])


def _cancel_form(request: ActingRequest, meeting: Meeting, *, sent: bool) -> CancelForm:
    reasons = guests.reasons(timezone.localdate())
    if sent:
        return CancelForm(request.POST, reasons=reasons, auto_id="stall_in_%s")
    return CancelForm(
        reasons=reasons, auto_id="stall_in_%s", initial={"seen_version": meeting.version}
    )


def _minutes_form(request: ActingRequest, meeting: Meeting, *, sent: bool) -> MinutesForm:
    invitees = list(meeting.invitees.filter(dropped_at__isnull=True))
    initial = {"seen_version": meeting.version, "came": [str(one.id) for one in invitees]}
    if sent:
        return bound(request, MinutesForm, invitees=invitees, initial=initial)
    return MinutesForm(invitees=invitees, initial=initial)


def _write(
    actor: Actor,
    meeting: Meeting,
    cancelling: CancelForm,
    minutes: MinutesForm,
    *,
    calling_off: bool,
) -> None:
    if calling_off:
        service.cancel_meeting(
            actor=actor,
            meeting=meeting,
            because=cancelling.cleaned_data["because"],
            seen_version=cancelling.cleaned_data["seen_version"],
            now=timezone.now(),
        )
        return
    service.hold_meeting(
        actor=actor,
        meeting=meeting,
        minutes=minutes.cleaned_data["minutes"],
        came=minutes.present(),
        seen_version=minutes.cleaned_data["seen_version"],
        now=timezone.now(),
    )


def _page(actor: Actor, meeting: Meeting) -> dict[str, Any]:
    shown = door.reveal_one(actor, meeting, door.Purpose.CASE_WORK)
    planned = meeting.state == MeetingState.PLANNED
    invitees = list(meeting.invitees.all())
    dropped = [one for one in invitees if one.dropped_at and one.dropped_because != "changed"]
    return {
        "meeting": shown,
        "case": meeting.case,
        "called": [one for one in invitees if not one.dropped_at],
        "dropped": [(one, words("meeting_cancelled", one.dropped_because)) for one in dropped],
        "because": words("meeting_cancelled", meeting.cancelled_because),
        "planned": planned,
        "commitments": commitments_of(actor, meeting.case, today=timezone.localdate()),
        "may_promise": may_promise(actor, meeting.case),
        "open_case": meeting.case.stage in OPEN_STAGES,
        "may_write": planned and door.may(actor, meeting, "meeting", Action.WRITE),
    }
