"""Who is away: the unit's list, the manager's note for a colleague, and being back."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from access import door
from access.actor import ActingRequest
from access.forms import bound
from access.models import Membership, Role
from access.policy import Action
from reminders import services
from reminders.away import away
from reminders.forms.absence import AbsenceForm, ColleagueAbsenceForm
from reminders.models import Absence
from reminders.rows import crumbs
from reminders.working_days import local_date


@require_http_methods(["GET", "POST"])
def away_list(request: ActingRequest) -> HttpResponse:
    form = _form(request) if request.actor.role == Role.MANAGER else None
    if request.method == "POST":
        if form is None:
            raise door.NotHere
        if form.is_valid() and noted(request, form, membership=form.absent()):
            messages.success(
                request, _("Det är sparat. Påminnelserna kommer fram till någon annan.")
            )
            return redirect("away_list")
    context = {
        "rows": away(request.actor, today=local_date(timezone.now())),
        "form": form,
        "given_back": getattr(form, "given_back", False),
        "crumbs": crumbs(),
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "reminders/away_list.html", context, status=status)


@require_POST
def absence_end(request: ActingRequest, pk: UUID) -> HttpResponse:
    absence = door.open_one(request.actor, Absence, pk, action=Action.WRITE, lock=True)
    services.end_absence(actor=request.actor, absence=absence, now=timezone.now())
    if absence.from_day > local_date(timezone.now()):
        messages.success(request, _("Frånvaron är borttagen. Påminnelserna kommer som vanligt."))
    elif absence.membership_id == request.actor.membership_id:
        messages.success(request, _("Välkommen tillbaka. Påminnelserna kommer till dig igen."))
    else:
        messages.success(request, _("Det är sparat. Påminnelserna går till kollegan igen."))
    mine = absence.membership_id == request.actor.membership_id
    return redirect("reminder_settings" if mine else "away_list")


def noted(request: ActingRequest, form: AbsenceForm, *, membership: Membership) -> bool:
    """False with the error at its field."""
    given = form.cleaned_data
    try:
        services.note_absence(
            actor=request.actor,
            membership=membership,
            from_day=given["from_day"],
            to_day=given["to_day"],
            substitute=form.chosen(),
            now=timezone.now(),
        )
    except (services.NotAStandIn, services.Overlaps) as why:
        form.refused(why)
        return False
    return True


def _form(request: ActingRequest) -> ColleagueAbsenceForm:
    today = local_date(timezone.now())
    me = Membership.objects.select_related("user", "unit").get(pk=request.actor.member)
    return bound(
        request,
        ColleagueAbsenceForm,
        colleagues=services.colleagues(request.actor, today=today),
        people=[me, *services.stand_ins(me, from_day=today, to_day=today)],
        today=today,
    )
