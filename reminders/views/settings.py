"""How one is told, one's calendar address, and when one is away."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from access import door
from access.actor import ActingRequest
from access.held import take_back
from access.models import Membership
from access.policy import Action
from reminders import choice_rules, services, sms
from reminders.choice_rules import Allowed
from reminders.forms.settings import AbsenceForm, ChoiceForm
from reminders.models import Absence
from reminders.rows import crumbs, long_day
from reminders.services import choice
from reminders.texts import KINDS
from reminders.working_days import local_date

CHOOSE, AWAY = "choose", "away"


@require_http_methods(["GET", "POST"])
def reminder_settings(request: ActingRequest) -> HttpResponse:
    """One page, two forms: the button pressed says which. What the lock held of either is given back."""
    data = request.POST if request.method == "POST" else take_back(request)
    act = data.get("act", "") if data else ""
    form = _choice_form(request, data if act == CHOOSE else None)
    away = _absence_form(request, data if act == AWAY else None)
    if request.method == "POST" and _kept(request, act, form, away):
        return redirect("reminder_settings")
    return _page(request, form=form, away=away, status=422 if request.method == "POST" else 200)


def _kept(request: ActingRequest, act: str, form: ChoiceForm, away: AbsenceForm) -> bool:
    now = timezone.now()
    if act == CHOOSE and form.is_valid():
        choice.choose(actor=request.actor, chosen=form.chosen(), row=_row(request), now=now)
        messages.success(
            request, _("Ditt val är sparat. Det gäller från och med nästa påminnelse.")
        )
        return True
    if act == AWAY and away.is_valid() and _note_absence(request, away):
        messages.success(request, _("Det är sparat. Du kan avsluta det när du är tillbaka."))
        return True
    return False


@require_POST
def calendar_give(request: ActingRequest) -> HttpResponse:
    """The secret is in this one answer and nowhere else."""
    secret = choice.give_feed(actor=request.actor, row=_row(request), now=timezone.now())
    address = settings.BASE_URL + reverse("calendar_feed", args=[secret])
    return _page(
        request,
        form=_choice_form(request, None),
        away=_absence_form(request, None),
        address=address,
    )


@require_POST
def calendar_revoke(request: ActingRequest) -> HttpResponse:
    choice.revoke_feed(actor=request.actor, now=timezone.now())
    messages.success(
        request, _("Adressen är stängd. Kalendern får inga fler dagar, men kan visa dem den har.")
    )
    return redirect("reminder_settings")


@require_POST
def absence_end(request: ActingRequest, pk: UUID) -> HttpResponse:
    absence = door.open_one(request.actor, Absence, pk, action=Action.WRITE, lock=True)
    services.end_absence(actor=request.actor, absence=absence, now=timezone.now())
    messages.success(request, _("Välkommen tillbaka. Påminnelserna kommer till dig igen."))
    return redirect("reminder_settings")


def _row(request: ActingRequest) -> Allowed:
    return choice_rules.allowed(
        local_date(timezone.now()), municipality=request.actor.municipality_code
    )


def _choice_form(request: ActingRequest, data: QueryDict | None) -> ChoiceForm:
    row = _row(request)
    now = choice.chosen_of(request.actor, row)
    return ChoiceForm(
        data,
        row=row,
        sms=sms.provider() is not None,
        initial={
            "way": now.way,
            "digest_hour": now.digest_hour,
            "start": now.start,
            "end": now.end,
            "sms_number": now.sms_number,
        },
    )


def _absence_form(request: ActingRequest, data: QueryDict | None) -> AbsenceForm:
    today = local_date(timezone.now())
    people = services.stand_ins(_me(request), from_day=today, to_day=today)
    return AbsenceForm(data, people=people, today=today, auto_id="borta_%s")


def _me(request: ActingRequest) -> Membership:
    return Membership.objects.select_related("user", "unit").get(pk=request.actor.member)


def _note_absence(request: ActingRequest, form: AbsenceForm) -> bool:
    """False with the error at its field. The same days noted twice are one absence."""
    given = form.cleaned_data
    # Held until the answer, so that the second of two presses sees what the first has noted.
    me = Membership.objects.select_for_update().get(pk=request.actor.member)
    same = door.visible(request.actor, Absence).filter(
        membership=me, from_day=given["from_day"], to_day=given["to_day"], ended_at=None
    )
    if same.filter(substitute=form.chosen()).exists():
        return True
    try:
        services.note_absence(
            actor=request.actor,
            membership=me,
            from_day=given["from_day"],
            to_day=given["to_day"],
            substitute=form.chosen(),
            now=timezone.now(),
        )
    except services.NotAStandIn:
        form.add_error("substitute", _("Välj någon som har kvar sin uppgift hela tiden."))
        return False
    return True


def _page(
    request: ActingRequest,
    *,
    form: ChoiceForm,
    away: AbsenceForm,
    address: str = "",
    status: int = 200,
) -> HttpResponse:
    """address: the calendar's secret address, in the one answer where it is shown."""
    row, today = _row(request), local_date(timezone.now())
    feed = choice.feed_of(request.actor)
    absences = (
        door.visible(request.actor, Absence)
        .filter(membership_id=request.actor.member, ended_at=None, to_day__gte=today)
        .select_related("substitute__user")
    )
    context = {
        "form": form,
        "away": away,
        "address": address,
        "feed": feed,
        "calendar": row.calendar,
        "always": sorted(str(KINDS[kind].task) for kind in row.always_mail),
        "absences": [
            {
                "pk": one.pk,
                "first": long_day(one.from_day),
                "last": long_day(one.to_day),
                "name": one.substitute.user.name if one.substitute else "",
            }
            for one in absences
        ],
        "crumbs": crumbs(),
    }
    return render(request, "reminders/settings.html", context, status=status)
