"""The guide Dela: whom to tell about what, which legal bases can apply and which cannot, preview, send or ask for approval.

One page and one form, step by step: what was typed in a later step is carried in every answer, so nothing is lost.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from access import door
from access.actor import ActingRequest, Actor
from access.forms import bound
from access.models import Membership, Unit
from access.policy import Action
from access.signed_tables.services import signed_state
from cases.forms.share import Limits, TellForm, WhoForm
from cases.models import Case, Channel, Person, Told
from cases.rules.codes import choices
from cases.rules.law import in_force
from cases.rules.legal_basis import Act, Verdict
from cases.services.consent import covering_consent
from cases.services.refusals import CaseStopped
from cases.services.sharing import (
    ShareRefused,
    may_share_without_case,
    people_at,
    teller,
    verdicts,
)
from cases.services.summary import Proposal, SummaryText, propose
from cases.views.share_words import refusal
from cases.views.text_guard import text_passes

NEVER_CARRIED = frozenset({"csrfmiddlewaretoken", "act"})
TELLING = frozenset({"preview", "send"})


@dataclass(frozen=True, slots=True)
class About:
    """What is known of the one it is about; empty where the agency has no case."""

    case: Case | None
    name: str
    born: date | None


@require_http_methods(["GET", "POST"])
def share_new(request: ActingRequest) -> HttpResponse:
    if not may_share_without_case(request.actor):
        raise door.NotHere
    return _guide(request, About(None, "", None))


@require_http_methods(["GET", "POST"])
def share_case(request: ActingRequest, pk: UUID) -> HttpResponse:
    actor = request.actor
    case = door.open_one(actor, Case, pk)
    door.demand(actor, case, "summary", Action.CREATE)
    person = door.visible(actor, Person).filter(pk=case.person_id).first()
    shown = door.reveal_one(actor, person, door.Purpose.CASE_WORK) if person else None
    text = shown.text if shown else {}
    return _guide(request, About(case, text.get("name", ""), _day(text.get("birth_date", ""))))


def _guide(request: ActingRequest, about: About) -> HttpResponse:
    actor, today = request.actor, timezone.localdate()
    who = bound(
        request,
        WhoForm,
        units=_units(actor),
        kinds=choices("information_kind", today),
        knows_birth=about.case is not None,
        today=today,
    )
    act = str(who.data.get("act", ""))
    if not who.is_bound or act == "start" or not who.is_valid():
        return _who_page(request, about, who, again=act == "start" or not who.is_bound)
    born = about.born or who.cleaned_data.get("born")
    on = who.cleaned_data["happened_on"] or today
    found = verdicts(
        sender=teller(_membership(actor)),
        case=about.case,
        to=who.unit.agency,
        unit_id=who.unit.id,
        kind=who.cleaned_data["kind"],
        born=born,
        on=on,
    )
    chosen = next(
        (one for one in found if one.code == who.data.get("basis") and _usable(one)), None
    )
    if chosen is None or act == "bases":
        return _bases_page(request, about, who, found)
    return _tell(request, about, who, chosen, born=born)


def _who_page(request: ActingRequest, about: About, who: WhoForm, *, again: bool) -> HttpResponse:
    if again and who.is_bound:
        initial = {name: who.data.get(name, "") for name in who.fields}
        carried = _carried(who.data, who)
        who = WhoForm(
            initial=initial,
            units=list(who.units.values()),
            kinds=choices("information_kind", who.today),
            knows_birth=about.case is not None,
            today=who.today,
        )
    else:
        carried = _carried(who.data, who) if who.is_bound else []
    context = {"form": who, "case": about.case, "carried": carried}
    return render(request, "cases/share_who.html", context, status=200 if again else 422)


def _bases_page(
    request: ActingRequest, about: About, who: WhoForm, found: list[Verdict]
) -> HttpResponse:
    titles = {one.code: one.basis.title for one in found}
    context = {
        **_facts(about, who),
        "usable": [one for one in found if _usable(one) and one.basis.act is Act.SHARE],
        "consult": next(one for one in found if one.basis.act is Act.CONSULT),
        "report": next(
            (one for one in found if one.possible and one.basis.act is Act.REPORT), None
        ),
        "closed": [
            {"verdict": one, "instead": [titles[code] for code in one.instead]}
            for one in found
            if not _usable(one) and not one.possible
        ],
        "carried": _carried(who.data, without=("basis",)),
        "signed": signed_state(request.actor, "legal_basis"),
    }
    return render(request, "cases/share_bases.html", context)


def _tell(
    request: ActingRequest, about: About, who: WhoForm, verdict: Verdict, *, born: date | None
) -> HttpResponse:
    actor, today = request.actor, timezone.localdate()
    act = str(who.data.get("act", ""))
    consent = (
        covering_consent(
            about.case,
            agency_id=who.unit.agency_id,
            unit_id=who.unit.id,
            kinds={who.cleaned_data["kind"]},
            on=today,
        )
        if about.case and verdict.basis.needs_consent
        else None
    )
    rule = in_force("release_time", today)[0]
    limits = Limits(
        people=people_at(who.unit, today),
        kind=who.cleaned_data["kind"],
        latest=consent.valid_to if consent else today + timedelta(days=rule["longest_days"]),
        written=not _care(who.unit, today),
        past=who.cleaned_data["happened_on"] is not None,
        today=today,
        names=[about.name] if about.name else [],
    )
    if act in TELLING:
        form = TellForm(who.data, verdict=verdict, limits=limits)
    else:
        usual = min(limits.latest, today + timedelta(days=rule["default_days"]))
        form = TellForm(initial={"until": usual} | _typed(who.data), verdict=verdict, limits=limits)
    valid = act in TELLING and form.is_valid() and text_passes(actor, form, about.case)
    problem = ""
    if valid and act == "send" and request.method == "POST":
        try:
            summary = propose(
                actor=actor,
                case=about.case,
                proposal=_proposal(who, form, verdict, born),
                now=timezone.now(),
            )
            return redirect("summary_detail", pk=summary.pk)
        except (ShareRefused, CaseStopped) as refused:
            problem = refusal(refused)
    titles = {v.code: v for v in _others(about, who, actor, born)}
    context = {
        **_facts(about, who),
        "form": form,
        "verdict": verdict,
        "warning": _care(who.unit, today),
        "problem": problem,
        "preview": form if valid else None,
        "instead": [
            titles[code]
            for question in (form.blocked_by if act in TELLING else [])
            for code in question.instead
            if code in titles and _usable(titles[code])
        ],
        "carried": _carried(who.data, form),
        "signed": signed_state(actor, "legal_basis"),
    }
    status = 409 if problem else 422 if act in TELLING and not valid else 200
    return render(request, "cases/share_tell.html", context, status=status)


def _others(about: About, who: WhoForm, actor: Actor, born: date | None) -> list[Verdict]:
    return verdicts(
        sender=teller(_membership(actor)),
        case=about.case,
        to=who.unit.agency,
        unit_id=who.unit.id,
        kind=who.cleaned_data["kind"],
        born=born,
        on=who.cleaned_data["happened_on"] or who.today,
    )


def _proposal(who: WhoForm, form: TellForm, verdict: Verdict, born: date | None) -> Proposal:
    cleaned = form.cleaned_data
    return Proposal(
        unit=who.unit,
        readers=form.chosen,
        kind=who.cleaned_data["kind"],
        basis=verdict.code,
        text=SummaryText(about=form.whom, body=cleaned["body"]),
        until=cleaned["until"],
        answers=form.answers,
        born=born,
        full_name=bool(cleaned.get("full_name")),
        channel=Channel(cleaned["channel"]),
        told=Told(cleaned.get("told", Told.NOT_TOLD)),
        told_why=cleaned.get("told_why", ""),
        happened_on=who.cleaned_data["happened_on"],
        standing=bool(cleaned.get("standing")),
    )


def _usable(verdict: Verdict) -> bool:
    """It can apply, or could if another role decides: then the proposal goes there."""
    open_act = verdict.basis.act in {Act.SHARE, Act.CONSULT}
    return open_act and (verdict.possible or bool(verdict.pass_on_to))


def _facts(about: About, who: WhoForm) -> dict[str, Any]:
    kinds = dict(choices("information_kind", who.today))
    return {
        "case": about.case,
        "unit": who.unit,
        "kind_words": kinds[who.cleaned_data["kind"]],
        "happened_on": who.cleaned_data["happened_on"],
    }


def _units(actor: Actor) -> list[Unit]:
    return list(
        Unit.objects.filter(agency__municipality_id=actor.municipality_id)
        .exclude(agency_id=actor.agency_id)
        .select_related("agency")
        .order_by("agency__name", "name")
    )


def _care(unit: Unit, today: date) -> str:
    """What to think of before something is written to this receiver; empty where nothing."""
    for row in in_force("recipient_care", today):
        if row["regime"] == unit.agency.secrecy_regime and not row["written"]:
            return _(row["warning"])
    return ""


def _carried(data: Any, *forms: Any, without: tuple[str, ...] = ()) -> list[tuple[str, str]]:
    """What was typed in the other steps, as hidden fields."""
    if not isinstance(data, QueryDict):
        return []
    shown = {name for form in forms for name in form.fields} | NEVER_CARRIED | set(without)
    return [(name, value) for name, values in data.lists() if name not in shown for value in values]


def _typed(data: Any) -> dict[str, Any]:
    if not isinstance(data, QueryDict):
        return {}
    return {
        name: values if name == "readers" else values[-1]
        for name, values in data.lists()
        if name not in NEVER_CARRIED
    }


def _membership(actor: Actor) -> Membership:
    return Membership.objects.select_related("agency").get(pk=actor.member)


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None
