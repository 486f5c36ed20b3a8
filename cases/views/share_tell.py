"""The last step of Dela: the basis's questions, what is told, preview, send or ask for approval."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any
from uuid import uuid5

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from access.actor import ActingRequest, Actor
from access.models import Membership, Unit
from access.signed_tables.services import signed_state
from cases.forms.share import WhoForm
from cases.forms.share_limits import Limits, body_of
from cases.forms.share_tell import TellForm
from cases.models import Channel, Told
from cases.rules.law import in_force
from cases.rules.legal_basis import Verdict
from cases.rules.share_ways import Way
from cases.services.consent import covering_consent
from cases.services.once import row_of
from cases.services.proposal import CONTACT, made_already
from cases.services.protection import without_conflict
from cases.services.refusals import CaseStopped
from cases.services.sharing import ShareRefused, people_at
from cases.services.summary import Proposal, SummaryText, propose_all
from cases.views.share_parts import About, carried, facts, sent_once, typed
from cases.views.share_words import refusal
from cases.views.text_guard import stays, stranger_passes, text_passes

TELLING = frozenset({"preview", "send"})


def tell(
    request: ActingRequest,
    about: About,
    who: WhoForm,
    way: Way,
    every: Sequence[Way],
    *,
    born: date | None,
) -> HttpResponse:
    actor, verdict = request.actor, way.verdict
    act = str(who.data.get("act", ""))
    limits, usual = _limits(about, who, way)
    if act in TELLING:
        form = TellForm(who.data, verdict=verdict, limits=limits)
    else:
        form = TellForm(
            initial={"until": usual} | _typed_bodies(typed(who.data), limits.kinds),
            verdict=verdict,
            limits=limits,
        )
    valid = act in TELLING and form.is_valid() and _passes(actor, about, form)
    problem = ""
    if valid and act == "send" and request.method == "POST":
        try:
            proposals = _proposals(actor, who, form, verdict, born)
            summaries = made_already(proposals) or propose_all(
                actor=actor, case=about.case, proposals=proposals, now=timezone.now()
            )
            return redirect("summary_detail", pk=summaries[0].pk)
        except (ShareRefused, CaseStopped) as refused:
            problem = refusal(refused)
    asked = form.blocked_by if act in TELLING else []
    open_ways = {one.code: one.verdict for one in every if one.open}
    context = {
        **facts(about, who),
        "form": form,
        "verdict": verdict,
        "left_out": [(who.labels[one.kind], one.why_not) for one in way.left_out],
        "warning": _care(who.unit, limits.today),
        "problem": problem,
        "preview": form if valid else None,
        "instead": [
            open_ways[code] for question in asked for code in question.instead if code in open_ways
        ],
        "carried": carried(who.data, form, without=("token",)),
        "token": sent_once(who.data),
        "signed": signed_state(actor, "legal_basis"),
    }
    status = 409 if problem else 422 if act in TELLING and not valid else 200
    return render(request, "cases/share_tell.html", context, status=status)


def _limits(about: About, who: WhoForm, way: Way) -> tuple[Limits, date]:
    """What can be told, and how long it is usually read."""
    today, there = timezone.localdate(), who.receiver
    rule = in_force("release_time", today)[0]
    consents = [
        covering_consent(
            about.case, agency_id=who.unit.agency_id, unit_id=who.unit.id, kinds={kind}, on=today
        )
        for kind in way.kinds
        if about.case and way.verdict.basis.needs_consent
    ]
    ends = [consent.valid_to for consent in consents if consent]
    latest = min(ends, default=today + timedelta(days=rule["longest_days"]))
    limits = Limits(
        kinds={kind: who.labels[kind] for kind in way.kinds},
        people=[] if there else _people(about, who, today),
        there=there,
        latest=latest,
        written=not _care(who.unit, today),
        past=who.cleaned_data["happened_on"] is not None,
        today=today,
        names=[about.name] if about.name else [],
    )
    return limits, min(latest, today + timedelta(days=rule["default_days"]))


def _people(about: About, who: WhoForm, today: date) -> list[Membership]:
    """Nobody with a conflict of interest here is offered; of what was told on an earlier day it is written who heard it."""
    there = people_at(who.unit, today)
    if about.case is None or who.cleaned_data["happened_on"] is not None:
        return there
    return without_conflict(about.case.person, there)


def _passes(actor: Actor, about: About, form: TellForm) -> bool:
    """No address of somebody protected; of somebody whom nobody looks up, one only if the writer says that it may stand."""
    if about.case is not None:
        return text_passes(actor, form, about.case)
    contact = [name for name, kind in form.bodies.items() if kind == CONTACT]
    return stranger_passes(form, without=contact)


def _proposals(
    actor: Actor, who: WhoForm, form: TellForm, verdict: Verdict, born: date | None
) -> list[Proposal]:
    cleaned, row = form.cleaned_data, row_of(actor, sent_once(who.data))
    common: dict[str, Any] = {
        "unit": who.unit,
        "readers": form.chosen,
        "receiver_name": cleaned.get("receiver_name", ""),
        "basis": verdict.code,
        "until": form.last_day,
        "answers": form.answers,
        "born": born,
        "full_name": bool(cleaned.get("full_name")),
        "channel": Channel(cleaned["channel"]),
        "told": Told(cleaned.get("told", Told.NOT_TOLD)),
        "told_why": cleaned.get("told_why", ""),
        "happened_on": who.cleaned_data["happened_on"],
        "standing": bool(cleaned.get("standing")),
        "address_stays": stays(form),
    }
    return [
        Proposal(
            kind=kind,
            text=SummaryText(about=form.whom, body=body),
            row_id=uuid5(row, kind),
            **common,
        )
        for kind, body in form.texts.items()
    ]


def _typed_bodies(given: dict[str, Any], kinds: Mapping[str, str]) -> dict[str, Any]:
    """What was typed while another number of kinds was chosen is not lost."""
    names = [body_of(kind, kinds) for kind in kinds]
    before = [text for name, text in given.items() if name.startswith("body") and text]
    if before and not any(given.get(name) for name in names):
        return given | {names[0]: "\n\n".join(before)}
    return given


def _care(unit: Unit, today: date) -> str:
    """What to think of before something is written to this receiver; empty where nothing."""
    for row in in_force("recipient_care", today):
        if row["regime"] == unit.agency.secrecy_regime and not row["written"]:
            return _(row["warning"])
    return ""
