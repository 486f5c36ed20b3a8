"""How one is told, one's calendar address, and when one is away."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from access.actor import ActingRequest
from access.held import take_back
from access.models import Membership
from reminders import choice_rules, services, sms
from reminders.away import away
from reminders.choice_rules import Allowed
from reminders.forms.absence import AbsenceForm
from reminders.forms.settings import ChoiceForm
from reminders.rows import crumbs
from reminders.services import choice
from reminders.texts import KINDS
from reminders.views.absence import noted
from reminders.working_days import local_date

CHOOSE, AWAY = "choose", "away"


@require_http_methods(["GET", "POST"])
def reminder_settings(request: ActingRequest) -> HttpResponse:
    """One page, two forms: the button pressed says which. What the lock held of either is given back."""
    data = request.POST if request.method == "POST" else take_back(request)
    act = data.get("act", "") if data else ""
    form = _choice_form(request, data if act == CHOOSE else None)
    absent = _absence_form(request, data if act == AWAY else None)
    problem = ""
    if request.method == "POST":
        try:
            if _kept(request, act, form, absent):
                return redirect("reminder_settings")
        except choice.ChangedMeanwhile:
            problem = _(
                "Du har ändrat dina val i ett annat fönster sedan du öppnade sidan. Det du valde här står kvar: spara igen om det är det som ska gälla."
            )
            again = request.POST.copy()
            again["seen"] = choice.chosen_at(request.actor)
            form = _choice_form(request, again)
    given_back = request.method == "GET" and data is not None
    status = 409 if problem else 422 if request.method == "POST" else 200
    said = {"problem": problem, "given_back": given_back}
    return _page(request, form=form, absent=absent, status=status, said=said)


def _kept(request: ActingRequest, act: str, form: ChoiceForm, absent: AbsenceForm) -> bool:
    """Raises ChangedMeanwhile."""
    now = timezone.now()
    if act == CHOOSE and form.is_valid():
        choice.choose(
            actor=request.actor,
            chosen=form.chosen(),
            row=_row(request),
            seen=form.cleaned_data["seen"],
            now=now,
        )
        messages.success(
            request, _("Ditt val är sparat. Det gäller från och med nästa påminnelse.")
        )
        return True
    if act == AWAY and absent.is_valid() and noted(request, absent, membership=_me(request)):
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
        absent=_absence_form(request, None),
        address=address,
    )


@require_POST
def calendar_revoke(request: ActingRequest) -> HttpResponse:
    choice.revoke_feed(actor=request.actor, now=timezone.now())
    messages.success(
        request, _("Adressen är stängd. Kalendern får inga fler dagar, men kan visa dem den har.")
    )
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
            "seen": choice.chosen_at(request.actor),
        },
    )


def _absence_form(request: ActingRequest, data: QueryDict | None) -> AbsenceForm:
    today = local_date(timezone.now())
    people = services.stand_ins(_me(request), from_day=today, to_day=today)
    return AbsenceForm(data, people=people, today=today, auto_id="borta_%s")


def _me(request: ActingRequest) -> Membership:
    return Membership.objects.select_related("user", "unit").get(pk=request.actor.member)


def _page(
    request: ActingRequest,
    *,
    form: ChoiceForm,
    absent: AbsenceForm,
    address: str = "",
    said: dict[str, object] | None = None,
    status: int = 200,
) -> HttpResponse:
    """address: the calendar's secret address, in the one answer where it is shown. said: what the page says on top."""
    row, today = _row(request), local_date(timezone.now())
    feed = choice.feed_of(request.actor)
    context = {
        "form": form,
        "away": absent,
        "address": address,
        "feed": feed,
        "calendar": row.calendar,
        "always": sorted(str(KINDS[kind].task) for kind in row.always_mail),
        "absences": [one for one in away(request.actor, today=today) if one.mine],
        "crumbs": crumbs(),
    }
    return render(request, "reminders/settings.html", context | (said or {}), status=status)
