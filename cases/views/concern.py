"""Telling of a concern, and what the sender sees of it afterwards: a receipt, whatever the outcome."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from access import door
from access.actor import ActingRequest, Actor
from access.forms import bound
from access.held import hold
from access.models import Agency, Municipality
from access.policy import Action
from cases.forms.concern import GUARDIANS, ConcernForm, PhoneConcernForm, ReportMadeForm
from cases.models import ConcernReceipt, FeedbackAnswer, ReportMade
from cases.rules.codes import words
from cases.rules.concern_basis import ConcernBasis, concern_basis
from cases.services import concern as service
from cases.views.host import needs_receiver

DRAFT_FIELDS = ("harm", "child", "seen", "place", "done", "guardians")


@require_http_methods(["GET", "POST"])
@needs_receiver
def concern_new(request: ActingRequest) -> HttpResponse:
    actor = request.actor
    if not service.is_received(actor):
        messages.info(
            request,
            _("Din kommun tar inte emot orossignaler i SSPF. Ring socialtjänsten i stället."),
        )
        return redirect("report_now")
    draft = service.read_draft(actor=actor)
    form = bound(request, ConcernForm, basis=_basis(actor), initial=draft[0] if draft else None)
    if request.method == "POST" and form.is_valid():
        return _route_by_harm(request, form)
    context = {
        "form": form,
        "reader": service.host_of(actor),
        "saved_at": draft[1] if draft else None,
    }
    return render(request, "cases/concern_new.html", context, status=422 if request.POST else 200)


def _route_by_harm(request: ActingRequest, form: ConcernForm) -> HttpResponse:
    """*yes* destroys what was written and goes to the report; *unsure* keeps it as a draft; *no* sends it."""
    answer, actor = form.cleaned_data["harm"], request.actor
    if answer == "yes":
        service.drop_draft(actor=actor)
        request.session["concern_dropped"] = True
        return redirect("report_now")
    if answer == "unsure":
        fields = {name: form.cleaned_data.get(name, "") for name in DRAFT_FIELDS}
        service.save_draft(actor=actor, fields=fields | {"harm": ""}, now=timezone.now())
        return redirect("concern_consult")
    return _send(request, form)


def _send(request: ActingRequest, form: ConcernForm) -> HttpResponse:
    receipt = service.raise_concern(
        actor=request.actor,
        text=_text(form),
        mode=form.mode,
        now=timezone.now(),
        today=timezone.localdate(),
        told_by=form.cleaned_data.get("told_by", ""),
    )
    return redirect("concern_receipt", pk=receipt.pk)


@require_http_methods(["GET", "POST"])
@needs_receiver
def concern_phone(request: ActingRequest) -> HttpResponse:
    form = bound(request, PhoneConcernForm, basis=_basis(request.actor))
    if request.method == "POST" and form.is_valid():
        answer = form.cleaned_data["harm"]
        if answer == "unsure":
            # Kept as this page's own: the draft is of what one has seen oneself.
            hold(request.actor, path=request.path, fields=request.POST)
            return redirect(f"{reverse('concern_consult')}?per-telefon")
        return redirect("report_now") if answer == "yes" else _send(request, form)
    return render(
        request, "cases/concern_phone.html", {"form": form}, status=422 if request.POST else 200
    )


@require_POST
@needs_receiver
def concern_draft(request: ActingRequest) -> HttpResponse:
    """Saves what has been typed so far: by itself from the page, or with the button."""
    fields = {name: request.POST.get(name, "")[:4000] for name in DRAFT_FIELDS}
    if fields["harm"] == "yes":
        service.drop_draft(actor=request.actor)
    else:
        service.save_draft(actor=request.actor, fields=fields, now=timezone.now())
    # The button sends its own name; the page's script, which sends the form alone, wants no page back.
    return redirect("concern_new") if "save" in request.POST else HttpResponse(status=204)


@require_GET
def concern_receipt(request: ActingRequest, pk: UUID) -> HttpResponse:
    receipt = door.open_one(request.actor, ConcernReceipt, pk)
    shown = door.reveal_one(request.actor, receipt, door.Purpose.RECEIPT)
    return render(request, "cases/concern_receipt.html", _receipt_words(shown.row))


@require_GET
def concern_receipts(request: ActingRequest) -> HttpResponse:
    receipts = door.reveal(
        request.actor, door.visible(request.actor, ConcernReceipt)[:100], door.Purpose.LIST
    )
    rows = [_receipt_words(shown.row) for shown in receipts]
    context = {"receipts": rows, "may_note_reports": door.may_create(request.actor, "report_made")}
    return render(request, "cases/concern_receipts.html", context)


def _receipt_words(receipt: ConcernReceipt) -> dict[str, Any]:
    """What a receipt says follows from the time alone: the same words whatever became of the concern."""
    return {"receipt": receipt, "settled": timezone.localdate() >= receipt.settled_on}


@require_GET
def concern_consult(request: ActingRequest) -> HttpResponse:
    back = "concern_phone" if "per-telefon" in request.GET else "concern_new"
    context = _phones(request.actor) | {"back": reverse(back)}
    return render(request, "cases/concern_consult.html", context)


@require_http_methods(["GET", "POST"])
def report_now(request: ActingRequest) -> HttpResponse:
    actor = request.actor
    form = bound(request, ReportMadeForm, initial={"made_at": timezone.localtime()})
    if request.method == "POST" and form.is_valid():
        made = service.note_report_made(
            actor=actor,
            how=form.cleaned_data["how"],
            received_by=form.cleaned_data["received_by"],
            made_at=form.cleaned_data["made_at"],
            today=timezone.localdate(),
        )
        return redirect("report_made", pk=made.pk)
    keeps_receipt = door.may_create(actor, "report_made")
    context = {
        "form": form if keeps_receipt else None,
        "dropped": request.session.pop("concern_dropped", False),
    } | _phones(actor)
    return render(request, "cases/report_now.html", context, status=422 if request.POST else 200)


@require_GET
def report_made(request: ActingRequest, pk: UUID) -> HttpResponse:
    row = door.open_one(request.actor, ReportMade, pk)
    shown = door.reveal_one(request.actor, row, door.Purpose.RECEIPT)
    answers = door.reveal(
        request.actor,
        door.visible(request.actor, FeedbackAnswer).filter(report=row),
        door.Purpose.RECEIPT,
    )
    context = {
        "report": shown,
        "answers": [
            {"feedback": one, "told": words("feedback_answer", one.text["answer"])}
            for one in answers
        ],
        "may_ask": row.feedback_asked_at is None
        and door.may(request.actor, row, "report_made", Action.WRITE),
    }
    return render(request, "cases/report_made.html", context)


@require_GET
def reports_made(request: ActingRequest) -> HttpResponse:
    rows = door.visible(request.actor, ReportMade).select_related("membership__user")[:100]
    shown = door.reveal(request.actor, rows, door.Purpose.LIST, groups=())
    return render(request, "cases/reports_made.html", {"reports": shown})


def _basis(actor: Actor) -> ConcernBasis:
    regime = Agency.objects.get(pk=actor.agency_id).secrecy_regime
    return concern_basis(role=actor.role, regime=regime, on=timezone.localdate())


def _text(form: ConcernForm) -> service.ConcernText:
    given = form.cleaned_data
    # Kept in the product's first language; the page that shows it translates it.
    with override(settings.LANGUAGE_CODE):
        guardians = str(dict(GUARDIANS)[given["guardians"]])
    return service.ConcernText(
        child=given.get("child", ""),
        seen=given["seen"],
        place=given.get("place", ""),
        done=given["done"],
        guardians=guardians,
    )


def _phones(actor: Actor) -> dict[str, Any]:
    return {"municipality": Municipality.objects.get(pk=actor.municipality_id)}
