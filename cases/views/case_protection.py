"""Skyddade personuppgifter: the level, who is named, raising it at once, lowering it by two."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from access import door
from access.actor import ActingRequest, Actor
from access.forms import bound
from access.policy import Action
from cases.forms.case_protection import LowerForm, NameForm, RaiseForm
from cases.models import Assignment, Case, NamedAccess, ProtectionChange, ProtectionState
from cases.rules.protection import CLOSED_WORDS, level
from cases.services import protection as who
from cases.services import protection_level as service
from cases.services.refusals import ChangedMeanwhile
from cases.views.text_guard import text_passes

RAISING, LOWERING, NAMING = {"raise", "confirm"}, {"lower"}, {"name"}


@require_http_methods(["GET", "POST"])
def case_protection(request: ActingRequest, pk: UUID) -> HttpResponse:
    actor, now = request.actor, timezone.now()
    case = door.open_one(actor, Case, pk)
    door.demand(actor, case, "protection", Action.READ)
    act = request.POST.get("act", "")
    forms_here = _forms(request, case, act, timezone.localdate(now))
    problem, losing = "", None
    if request.method == "POST":
        form = forms_here.get(_kind(act))
        if form is None:
            problem = _answer(request, case)
        elif form.is_valid() and text_passes(actor, form, case):
            if act == "raise":
                losing = service.losing(case, {one.id for one in form.chosen()}, now=now)  # type: ignore[attr-defined]
            else:
                problem = _change(request, case, act, form)
        done = not problem and losing is None and not (form and form.errors)
        if done:
            return _onwards(actor, pk)
    context = _page(actor, case, losing) | forms_here | {"problem": problem}
    status = 409 if problem else 422 if request.POST and losing is None else 200
    return render(request, "cases/case_protection.html", context, status=status)


def _kind(act: str) -> str:
    if act in RAISING:
        return "raise_form"
    return "lower_form" if act in LOWERING else "name_form" if act in NAMING else ""


def _forms(request: ActingRequest, case: Case, act: str, today: date) -> dict[str, forms.Form]:
    """The three forms of the page; only the one that was sent is bound."""
    present = case.person.protection
    colleagues = who.nameable(case.agency_id, today=today)
    named = {one.membership_id for one in who.named_for(case.person_id, today=today)}
    of_each: dict[str, tuple[type[forms.Form], dict[str, Any]]] = {
        "raise_form": (
            RaiseForm,
            {
                "present": present,
                "colleagues": colleagues,
                "today": today,
                "initial": {"named": [str(one) for one in named]},
            },
        ),
        "lower_form": (LowerForm, {"present": present}),
        "name_form": (
            NameForm,
            {"colleagues": [one for one in colleagues if one.id not in named]},
        ),
    }
    return {
        name: bound(request, form, auto_id=f"{name}_%s", **given)
        if name == _kind(act)
        else form(auto_id=f"{name}_%s", **given)
        for name, (form, given) in of_each.items()
    }


def _change(request: ActingRequest, case: Case, act: str, form: Any) -> str:
    """Gives the reason why it could not be done; empty when it was, or when the form says it."""
    given: dict[str, Any] = {
        "actor": request.actor,
        "case": case,
        "reason": form.cleaned_data["reason"],
        "now": timezone.now(),
    }
    seen = request.POST.get("seen", "")
    try:
        if act == "confirm":
            service.raise_level(**given, to=form.level(), named=form.chosen(), seen=seen)
        elif act == "lower":
            service.ask_to_lower(**given, to=form.level(), seen=seen)
        else:
            chosen = UUID(form.cleaned_data["colleague"])
            service.name_colleague(**given, membership_id=chosen)
    except (service.LeadNotNamed, who.TooFewNamed, who.ManagerNotNamed) as fault:
        form.add_error("named", words_of(fault))
    except service.OnlyTheManager as fault:
        return words_of(fault)
    except (ChangedMeanwhile, service.NotRaised, service.OwnPerson, LookupError):
        return _("Någon har ändrat skyddet sedan du öppnade sidan. Läs den igen nedan.")
    return ""


def _answer(request: ActingRequest, case: Case) -> str:
    """Agreeing to a lower level or not, and ending what a colleague sees."""
    actor, now, act = request.actor, timezone.now(), request.POST.get("act")
    try:
        chosen = UUID(request.POST.get("row", ""))
        if act == "unname":
            service.unname_colleague(actor=actor, case=case, membership_id=chosen, now=now)
        elif act in {"agree", "refuse"}:
            service.decide_lowering(
                actor=actor, case=case, change_id=chosen, agree=act == "agree", now=now
            )
    except (
        service.LeadNotNamed,
        service.OnlyTheManager,
        service.SamePerson,
        who.TooFewNamed,
        who.ManagerNotNamed,
    ) as fault:
        return words_of(fault)
    except (ChangedMeanwhile, ValueError):
        return _("Någon har ändrat skyddet sedan du öppnade sidan. Läs den igen nedan.")
    return ""


def words_of(fault: Exception) -> str:
    """Why it could not be done, and what to do instead."""
    match fault:
        case service.LeadNotNamed():
            return _(
                "Den som leder ärendet måste vara utsedd. Lämna över ledningen först, eller välj hen också."
            )
        case who.TooFewNamed():
            return _("Välj minst %(count)s personer, så att ingen blir ensam om ärendet.") % {
                "count": fault.needed
            }
        case who.ManagerNotNamed():
            return _("Minst en chef måste vara utsedd, så att någon kan utse nästa.")
        case service.SamePerson():
            return _("Du har själv föreslagit det. Någon annan än du måste godkänna.")
        case _fault:
            return _("Bara en chef som är utsedd bestämmer vilka som får se personen.")


def _onwards(actor: Actor, pk: UUID) -> HttpResponse:
    """Back to the page; who has just left themselves out has no case any longer."""
    stays = door.visible(actor, Case).filter(pk=pk).exists()
    return redirect("case_protection", pk=pk) if stays else redirect("case_list")


def _page(actor: Actor, case: Case, losing: list[Assignment] | None) -> dict[str, Any]:
    today = timezone.localdate()
    person = door.open_one(actor, Case, case.pk).person
    of_level = level(person.protection, today)
    named = door.reveal(
        actor,
        door.visible(actor, NamedAccess)
        .filter(person=person, ended_at__isnull=True, ends_on__gte=today)
        .select_related("membership__user", "membership__unit"),
        door.Purpose.CASE_WORK,
    )
    changes = door.reveal(
        actor,
        door.visible(actor, ProtectionChange)
        .filter(person=person)
        .select_related("set_by__user", "decided_by__user"),
        door.Purpose.CASE_WORK,
    )
    waiting = [one for one in changes if one.row.state == ProtectionState.WAITING]
    return {
        "case": case,
        "person_level": of_level,
        "protected": bool(of_level.closes),
        "closes": [CLOSED_WORDS[what] for what in CLOSED_WORDS if what in of_level.closes],
        "named": named,
        "too_few": len({one.row.membership.user_id for one in named}) < of_level.at_least_named,
        "changes": [one for one in changes if one.row.state != ProtectionState.WAITING],
        "waiting": waiting[0] if waiting else None,
        "mine": bool(waiting) and waiting[0].row.set_by_user == actor.user_id,
        "may_name": service.may_name(actor, person.id, now=timezone.now()),
        "losing": losing,
        "seen": person.protection,
    }
