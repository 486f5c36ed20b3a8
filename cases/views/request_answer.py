"""The decider's page: a question from the police is read, and answered in whole, in part, or not; and the deputies."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from access import door, routes
from access.actor import ActingRequest
from access.forms import bound
from access.held import take_back
from access.policy import Action
from cases.forms.person_number import PersonNumberForm
from cases.forms.request_answer import DeputyForm, RefuseForm, ReleaseForm
from cases.models import PoliceRequest, RequestDeputy, RequestState
from cases.rules.legal_basis import Question, in_force
from cases.services import request_answer as service
from cases.services import request_deputy as deputies
from cases.services.about import tie_request
from cases.services.police_request import OTHER, route_to
from cases.services.refusals import ChangedMeanwhile
from cases.services.request_answer import way_on
from cases.services.sharing import Answer, ShareRefused
from cases.views.police_request import basis_words, kind_words, titles
from cases.views.received_report import TRIED
from cases.views.seen_version import seen_version
from cases.views.text_guard import stays, stranger_passes

READ_FOR = timedelta(days=30)


@require_http_methods(["GET", "POST"])
def police_request(request: ActingRequest, pk: UUID) -> HttpResponse:
    actor = request.actor
    row = door.open_one(actor, PoliceRequest, pk)
    shown = door.reveal_one(actor, row, door.Purpose.APPROVAL)
    given = request.POST if request.method == "POST" else take_back(request)
    act = given.get("act", "") if given else ""
    questions = _questions(row)
    release = ReleaseForm(
        given if act == "release" else None,
        kinds=row.kinds.split(","),
        questions=questions,
        initial={"about": shown.text["about"], "until": timezone.localdate() + READ_FOR},
    )
    refuse = RefuseForm(given if act in {"refuse", "elsewhere"} else None, questions=questions)
    if act == "elsewhere":
        refuse.fields.pop("ground", None)
    about = PersonNumberForm(given if act == "tie" else None, has_number=False)
    problem = ""
    if request.method == "POST":
        try:
            if act == "tie" and about.is_valid():
                tie_request(
                    actor=actor,
                    request=row,
                    number=about.cleaned_data["number"],
                    seen_version=seen_version(request),
                    today=timezone.localdate(),
                )
                return redirect(f"{request.path}?{TRIED}")
            if act != "tie" and _do(request, row, act, release=release, refuse=refuse):
                return redirect("police_request", pk=pk)
        except ChangedMeanwhile:
            problem = _(
                "Någon har just svarat på frågan. Du ser svaret här; ditt har inte skickats."
            )
            row = door.open_one(actor, PoliceRequest, pk)
            shown = door.reveal_one(actor, row, door.Purpose.APPROVAL)
        except service.OfficerGone:
            problem = _("Den som frågade arbetar inte kvar där. Inget har lämnats ut.")
        except ShareRefused:
            problem = _(
                "Det går inte att lämna ut på den här grunden längre. Inget har lämnats ut."
            )
    context = {
        "question": shown,
        "kinds": kind_words(row.kinds),
        "basis": basis_words(row.basis),
        "release": release,
        "refuse": refuse,
        "here": row.officer_membership is not None and row.basis != OTHER,
        "instead": titles(
            route_to(row.unit, row.basis, timezone.localdate(row.received_at)).instead
        ),
        "way_on": way_on(row) if row.state != RequestState.WAITING else "",
        "may_share": routes.may_enter(actor, "share_new"),
        "about": about,
        "tried": TRIED in request.GET,
        "problem": problem,
        "today": timezone.localdate(),
    }
    status = 409 if problem else 422 if request.POST else 200
    return render(request, "cases/police_request.html", context, status=status)


def _questions(row: PoliceRequest) -> tuple[Question, ...]:
    """What the row of the law asks whoever decides; nothing where no duty was named."""
    if row.basis == OTHER:
        return ()
    return in_force(row.basis, timezone.localdate()).questions


def _do(
    request: ActingRequest,
    row: PoliceRequest,
    act: str,
    *,
    release: ReleaseForm,
    refuse: RefuseForm,
) -> bool:
    """Whether it was answered; a form that is not valid shows what is wrong."""
    common: dict[str, Any] = {
        "actor": request.actor,
        "request": row,
        "seen_version": seen_version(request),
        "now": timezone.now(),
    }
    forms_of: dict[str, forms.Form] = {"release": release, "refuse": refuse, "elsewhere": refuse}
    form = forms_of.get(act)
    # To tell of contact details is to tell an address.
    if form is not None and not (
        form.is_valid() and stranger_passes(form, without=("text_contact",))
    ):
        return False
    if act == "release":
        service.release(told=_told(release), **common)
    elif act == "refuse":
        service.refuse(reason=refuse.whole_reason, **common)
    elif act == "elsewhere":
        service.told_elsewhere(reason=refuse.cleaned_data["reason"], **common)
    elif act == "nothing":
        service.nothing_to_release(**common)
    else:
        return False
    return True


def _told(form: ReleaseForm) -> service.Release:
    given = form.cleaned_data
    return service.Release(
        about=given["about"],
        texts=form.texts,
        until=given["until"],
        answers={
            q.code: Answer(answer=given[f"answer_{q.code}"], note=given[f"note_{q.code}"])
            for q in form.questions
        },
        reason=given.get("reason", ""),
        address_stays=stays(form),
    )


@require_http_methods(["GET", "POST"])
def request_deputies(request: ActingRequest) -> HttpResponse:
    actor, today = request.actor, timezone.localdate()
    if request.POST.get("act") == "end":
        row = door.open_one(actor, RequestDeputy, _id(request), action=Action.WRITE)
        deputies.end_deputy(actor=actor, deputy=row, now=timezone.now())
        return redirect("request_deputies")
    form = bound(request, DeputyForm, colleagues=deputies.colleagues(actor, today))
    if request.method == "POST" and form.is_valid():
        deputies.name_deputy(
            actor=actor,
            deputy=form.known[form.cleaned_data["deputy"]],
            starts_on=form.cleaned_data["starts_on"],
            ends_on=form.cleaned_data["ends_on"],
            now=timezone.now(),
        )
        return redirect("request_deputies")
    rows = door.visible(actor, RequestDeputy).filter(ends_on__gte=today, ended_at__isnull=True)
    shown = door.reveal(actor, rows.select_related("membership__user"), door.Purpose.LIST)
    status = 422 if request.POST else 200
    context = {"form": form, "deputies": shown, "today": today}
    return render(request, "cases/request_deputies.html", context, status=status)


def _id(request: ActingRequest) -> UUID:
    try:
        return UUID(request.POST.get("deputy", ""))
    except ValueError:
        raise door.NotHere from None
