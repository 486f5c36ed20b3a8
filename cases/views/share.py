"""The guide Dela: whom to tell about what, which legal bases can apply and which cannot, then what is told.

One page and one form, step by step: what was typed in a later step is carried in every answer, so nothing is lost.
"""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from access import door
from access.actor import ActingRequest, Actor
from access.forms import bound
from access.models import Membership, Unit
from access.policy import Action
from access.signed_tables.services import signed_state
from cases.forms.share import WhoForm
from cases.models import Case, Person
from cases.rules.codes import choices
from cases.rules.legal_basis import Act, Verdict
from cases.rules.outside_receiver import offered
from cases.rules.share_ways import Way, ways
from cases.services.sharing import may_share_without_case, teller, verdicts
from cases.views.share_parts import About, carried, facts, typed
from cases.views.share_tell import tell


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
    offer: dict[str, Any] = {
        "units": _units(actor),
        "outside": offered(today),
        "kinds": choices("information_kind", today),
        "knows_birth": about.case is not None,
        "today": today,
    }
    who = bound(request, WhoForm, **offer)
    act = str(who.data.get("act", ""))
    if not who.is_bound or act == "start":
        again = WhoForm(initial=typed(who.data), **offer)
        return _who_page(request, about, again, carried(who.data, again), status=200)
    if not who.is_valid():
        return _who_page(request, about, who, carried(who.data, who), status=422)
    born = about.born or who.cleaned_data.get("born")
    found = {kind: _verdicts(actor, about, who, kind, born) for kind in who.kinds}
    every = ways(found)
    chosen = next((one for one in every if one.open and one.code == who.data.get("basis")), None)
    if chosen is None or act == "bases":
        return _bases_page(request, about, who, every)
    return tell(request, about, who, chosen, every, born=born)


def _verdicts(
    actor: Actor, about: About, who: WhoForm, kind: str, born: date | None
) -> list[Verdict]:
    return verdicts(
        sender=teller(Membership.objects.select_related("agency").get(pk=actor.member)),
        case=about.case,
        to=who.unit.agency,
        unit_id=who.unit.id,
        kind=kind,
        born=born,
        on=who.on,
    )


def _who_page(
    request: ActingRequest,
    about: About,
    who: WhoForm,
    kept: list[tuple[str, str]],
    *,
    status: int,
) -> HttpResponse:
    context = {"form": who, "case": about.case, "carried": kept}
    return render(request, "cases/share_who.html", context, status=status)


def _bases_page(
    request: ActingRequest, about: About, who: WhoForm, every: list[Way]
) -> HttpResponse:
    titles = {one.code: one.verdict.basis.title for one in every}
    open_ways = [one for one in every if one.open]
    share = [_offered(one, who) for one in open_ways if one.verdict.basis.act is Act.SHARE]
    reports = (one.verdict for one in every if one.verdict.basis.act is Act.REPORT)
    context = {
        **facts(about, who),
        "first": share[0] if share else None,
        "others": share[1:],
        "consult": next(one for one in open_ways if one.verdict.basis.act is Act.CONSULT),
        "report": next((verdict for verdict in reports if verdict.possible), None),
        "closed": [
            {
                "verdict": one.verdict,
                "instead": [titles[code] for code in one.verdict.instead],
            }
            for one in every
            if not one.open and not one.verdict.possible
        ],
        "carried": carried(who.data, without=("basis",)),
        "signed": signed_state(request.actor, "legal_basis"),
    }
    return render(request, "cases/share_bases.html", context)


def _offered(way: Way, who: WhoForm) -> dict[str, object]:
    """A way for the page: what it does not cover is named, with why."""
    return {
        "verdict": way.verdict,
        "covers": [who.labels[kind].lower() for kind in way.kinds],
        "left_out": [(who.labels[one.kind], one.why_not) for one in way.left_out],
    }


def _units(actor: Actor) -> list[Unit]:
    return list(
        Unit.objects.going()
        .filter(agency__municipality_id=actor.municipality_id)
        .exclude(agency_id=actor.agency_id)
        .select_related("agency")
        .order_by("agency__name", "name")
    )


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None
