"""Writing a summary for the police, and the second person's page: approve or send back."""

from __future__ import annotations

import json
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from access import door
from access.actor import ActingRequest, Actor
from access.forms import bound
from access.models import Agency, AgencyKind, Membership, Role
from access.policy import Action
from cases.forms.summary import SummaryForm, SummaryTextForm
from cases.models import Case, Person, Summary, SummaryState
from cases.rules.codes import words
from cases.rules.legal_basis import Approver, LegalBasis, in_force, version_of
from cases.rules.without_identity import tells_who
from cases.services import summary as service
from cases.services.consent import covering_consent
from cases.services.refusals import CaseStopped
from cases.services.share_check import may_be_told_whole
from cases.services.sharing import ShareRefused, approvers_of
from cases.views.consent_parts import may_begin
from cases.views.seen_version import seen_version
from cases.views.share_words import refusal
from cases.views.text_guard import text_passes

# Who may be named as reader at a receiving agency.
READERS = {AgencyKind.POLICE: Role.POLICE_OFFICER}


@require_http_methods(["GET", "POST"])
def summary_new(request: ActingRequest, pk: UUID) -> HttpResponse:
    actor, today = request.actor, timezone.localdate()
    case = door.open_one(actor, Case, pk)
    door.demand(actor, case, "summary", Action.CREATE)
    police = Agency.objects.filter(
        municipality_id=case.municipality_id, kind=AgencyKind.POLICE
    ).first()
    consent = covering_consent(case, agency_id=police.id, on=today) if police else None
    if police is None or consent is None:
        return render(
            request,
            "cases/summary_not_covered.html",
            {"case": case, "may_consent": may_begin(actor, case)},
            status=409,
        )
    readers = list(
        Membership.objects.in_force(today)
        .filter(agency=police, role=READERS[AgencyKind.POLICE])
        .select_related("user", "unit__agency")
    )
    form = bound(
        request,
        SummaryForm,
        readers=readers,
        latest=consent.valid_to,
        today=today,
        initial={"until": consent.valid_to},
    )
    passes = request.method == "POST" and form.is_valid() and text_passes(actor, form, case)
    if passes and request.POST.get("act") == "send":
        chosen = form.chosen()
        try:
            summary = service.write_summary(
                actor=actor,
                case=case,
                text=service.SummaryText(
                    about=form.cleaned_data["about"], body=form.cleaned_data["body"]
                ),
                unit=chosen[0].unit,
                readers=chosen,
                until=form.cleaned_data["until"],
                now=timezone.now(),
            )
            return redirect("summary_detail", pk=summary.pk)
        except (ShareRefused, CaseStopped) as refused:
            form.add_error("readers", refusal(refused))
            passes = False
    preview = form.cleaned_data if passes else None
    context = {
        "form": form,
        "case": case,
        "agency": police,
        "preview": preview,
        "rule": in_force("SAMTYCKE", today),
        "readers": [reader.user.name for reader in form.chosen()] if preview else [],
    }
    status = 422 if request.POST and preview is None else 200
    return render(request, "cases/summary_new.html", context, status=status)


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


def _answers(rule: LegalBasis, kept: str) -> list[dict[str, str]]:
    """Each question with its answer and why, in the words it was asked in."""
    given: dict[str, list[str]] = json.loads(kept) if kept else {}
    said = {"yes": _("Ja"), "no": _("Nej")}
    return [
        {
            "text": question.text,
            "answer": said.get(given[question.code][0], ""),
            "note": given[question.code][1],
        }
        for question in rule.questions
        if question.code in given
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
        and text_passes(actor, form, summary.case)
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
