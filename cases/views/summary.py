"""A proposal to share: the second person's page, where it is approved or sent back, and the author's, where it is changed."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from access import door
from access.actor import ActingRequest, Actor
from access.forms import bound
from access.policy import Action
from cases.forms.summary import SummaryTextForm
from cases.models import Case, Person, Summary, SummaryState
from cases.rules.codes import words
from cases.rules.legal_basis import Approver, LegalBasis, version_of
from cases.rules.without_identity import tells_who
from cases.services import summary as service
from cases.services.proposal import CONTACT, RECEIVER
from cases.services.refusals import CaseStopped
from cases.services.share_check import may_be_told_whole
from cases.services.sharing import ShareRefused, approvers_of
from cases.views.seen_version import seen_version
from cases.views.share_words import refusal
from cases.views.text_guard import stays, stranger_passes, text_passes


@require_http_methods(["GET", "POST"])
def summary_detail(request: ActingRequest, pk: UUID) -> HttpResponse:
    actor = request.actor
    summary = door.open_one(actor, Summary, pk)
    problem = ""
    if request.method == "POST":
        problem = _decide(request, actor, summary)
        if not problem:
            # Who was appointed to decide has no access to it once it is decided.
            stays = door.visible(actor, Summary).filter(pk=pk).exists()
            return redirect("summary_detail", pk=pk) if stays else redirect("today")
        summary = door.open_one(actor, Summary, pk)
    return _page(request, actor, summary, problem)


def _decide(request: ActingRequest, actor: Actor, summary: Summary) -> str:
    """Gives the reason why it could not be done; empty when it was."""
    seen = seen_version(request)
    try:
        if request.POST.get("act") == "approve":
            service.approve_and_release(
                actor=actor,
                summary=summary,
                seen_version=seen,
                now=timezone.now(),
            )
        elif request.POST.get("act") == "return":
            service.return_summary(
                actor=actor, summary=summary, seen_version=seen, now=timezone.now()
            )
    except service.ChangedMeanwhile:
        return _("Sammanfattningen har ändrats sedan du öppnade sidan. Läs den igen nedan.")
    except (ShareRefused, CaseStopped) as refused:
        return refusal(refused)
    return ""


def _page(request: ActingRequest, actor: Actor, summary: Summary, problem: str) -> HttpResponse:
    shown = door.reveal_one(actor, summary, door.Purpose.APPROVAL)
    waiting = summary.state == SummaryState.DRAFT
    afterwards = (
        summary.approver == Approver.AFTER
        and summary.state == SummaryState.RELEASED
        and summary.approved_by_id is None
    )
    others = approvers_of(summary, today=timezone.localdate())
    rule = version_of(summary.basis, summary.basis_version)
    context = {
        "summary": shown,
        "case": summary.case,
        "rule": rule,
        "kind_words": words("information_kind", summary.kind),
        "answers": _answers(rule, shown.text["answers"]),
        "together": _together(actor, summary),
        "readers": [reader.reader_name for reader in summary.readers.all()],
        "problem": problem,
        "afterwards": afterwards,
        "may_decide": (waiting or afterwards)
        and actor.membership_id in {one.id for one in others}
        and door.may(actor, summary, "summary", Action.DECIDE),
        "may_change": (summary.state != SummaryState.RELEASED or summary.standing)
        and door.may(actor, summary, "summary", Action.WRITE),
        "waits_for": [one.user.name for one in others] if waiting else [],
        "nobody": waiting and not others,
    }
    return render(request, "cases/summary_detail.html", context, status=409 if problem else 200)


def _together(actor: Actor, summary: Summary) -> list[dict[str, Any]]:
    """The proposals of other kinds of information that were sent in the same moment."""
    rows = door.visible(actor, Summary).filter(
        author_id=summary.author_id, written_at=summary.written_at, to_unit=summary.to_unit
    )
    others = door.reveal(actor, rows.exclude(pk=summary.pk), door.Purpose.LIST, groups=())
    return [{"row": one.row, "kind": words("information_kind", one.row.kind)} for one in others]


def _answers(rule: LegalBasis, kept: str) -> list[dict[str, str]]:
    """Each question with its answer and why, in the words it was asked in."""
    given: dict[str, list[str]] = json.loads(kept) if kept else {}
    said = {"yes": _("Ja"), "no": _("Nej")}
    asked = {question.code: question.text for question in rule.questions}
    asked[RECEIVER] = _("Vem det är, och i vilken roll")
    return [
        {"text": text, "answer": said.get(given[code][0], ""), "note": given[code][1]}
        for code, text in asked.items()
        if code in given
    ]


def _says_no_more(actor: Actor, form: SummaryTextForm, summary: Summary) -> bool:
    """A new wording tells those who may read first names only no whole name; what was typed stays."""
    text = f"{form.cleaned_data['about']}\n{form.cleaned_data['body']}"
    if may_be_told_whole(summary) or not tells_who(text, names=_names(actor, summary.case)):
        return True
    form.add_error(
        "about",
        _(
            "Någon av mottagarna får bara läsa förnamn och födelseår. Ta bort efternamn och personnummer."
        ),
    )
    return False


def _holds_no_address(actor: Actor, form: SummaryTextForm, summary: Summary) -> bool:
    if summary.case is not None:
        return text_passes(actor, form, summary.case)
    return stranger_passes(form, without=("body",) if summary.kind == CONTACT else ())


def _names(actor: Actor, case: Case | None) -> list[str]:
    people = door.visible(actor, Person).filter(pk=case.person_id) if case else ()
    return [one.text["name"] for one in door.reveal(actor, people, door.Purpose.CASE_WORK)]


@require_http_methods(["GET", "POST"])
def summary_change(request: ActingRequest, pk: UUID) -> HttpResponse:
    actor = request.actor
    summary = door.open_one(actor, Summary, pk)
    door.demand(actor, summary, "summary", Action.WRITE)
    shown = door.reveal_one(actor, summary, door.Purpose.CASE_WORK)
    form = bound(
        request,
        SummaryTextForm,
        initial={
            "about": shown.text["about"],
            "body": shown.text["body"],
            "seen_version": summary.version,
        },
    )
    problem = ""
    passes = (
        request.method == "POST"
        and form.is_valid()
        and _holds_no_address(actor, form, summary)
        and _says_no_more(actor, form, summary)
    )
    if passes:
        try:
            service.change_summary(
                actor=actor,
                summary=summary,
                text=service.SummaryText(
                    about=form.cleaned_data["about"], body=form.cleaned_data["body"]
                ),
                seen_version=form.cleaned_data["seen_version"] or 0,
                address_stays=stays(form),
                now=timezone.now(),
            )
            return redirect("summary_detail", pk=pk)
        except service.ChangedMeanwhile:
            problem = _(
                "Någon har sparat en annan text sedan du öppnade sidan. Din text står kvar här nedanför; "
                "jämför med den sparade innan du skickar igen."
            )
        except (ShareRefused, CaseStopped) as refused:
            problem = refusal(refused)
    context = {"form": form, "label": summary.label, "problem": problem, "saved": shown}
    status = 409 if problem else 422 if request.POST else 200
    return render(request, "cases/summary_change.html", context, status=status)
