"""Bilagor: adding a file to a case or a signed paper to a consent, downloading it, taking it away."""

from __future__ import annotations

from pathlib import PurePath
from uuid import UUID

from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from access import door
from access.actor import ActingRequest, Actor
from access.forms import bound
from access.policy import Action
from cases.forms.attachment import AttachmentForm, PaperForm, RemoveForm
from cases.models import Attachment, Case, Consent, RemovedBecause
from cases.models.case import ENDED_STAGES
from cases.rules.consent_state import consent_state
from cases.rules.file_kinds import FileRefused
from cases.rules.protection import Closed
from cases.services import attachment as service
from cases.services.protection import closed_for
from cases.services.refusals import CaseStopped
from cases.views.stopped import case_stopped
from cases.views.text_guard import text_passes


@require_http_methods(["GET", "POST"])
def attachment_new(request: ActingRequest, pk: UUID) -> HttpResponse:
    return _add(request, door.open_one(request.actor, Case, pk), consent=None)


@require_http_methods(["GET", "POST"])
def consent_paper(request: ActingRequest, pk: UUID) -> HttpResponse:
    consent = door.open_one(request.actor, Consent, pk)
    return _add(request, door.open_one(request.actor, Case, consent.case_id), consent=consent)


def _add(request: ActingRequest, case: Case, *, consent: Consent | None) -> HttpResponse:
    actor = request.actor
    door.demand(actor, case, "attachment", Action.CREATE)
    if case.stage in ENDED_STAGES:
        return case_stopped(request, case)
    consents = {str(one.pk): one for one in door.visible(actor, Consent).filter(case=case)}
    form = bound(
        request,
        PaperForm if consent else AttachmentForm,
        sent_bytes=int(request.META.get("CONTENT_LENGTH") or 0),
        consents=[(key, _in_words(one)) for key, one in consents.items()],
        initial={"consent": str(consent.pk)} if consent else {},
    )
    if request.method == "POST" and form.is_valid() and _passes(actor, form, case):
        given = service.GivenFile(
            name=form.upload.name or "",
            content=form.upload.read(),
            kind=form.kind,
            note=form.cleaned_data["note"],
            form_id=form.sent_from(),
        )
        belongs_to = consents.get(str(form.of_consent))
        try:
            service.add_attachment(
                actor=actor, case=case, given=given, consent=belongs_to, now=timezone.now()
            )
            if consent and belongs_to:
                return redirect("consent_detail", pk=belongs_to.pk)
            return redirect(f"{reverse('case_detail', args=[case.pk])}#bilagor")
        except FileRefused as refusal:
            form.refuse(refusal.problem)
        except CaseStopped:
            return case_stopped(request, case)
    context = {"form": form, "case": case, "consent": consent}
    status = 422 if request.method == "POST" else 200
    return render(request, "cases/attachment_new.html", context, status=status)


def _in_words(consent: Consent) -> str:
    return _("%(state)s, %(start)s till och med %(end)s") % {
        "state": consent_state(consent, timezone.localdate()).label,
        "start": consent.valid_from.isoformat(),
        "end": consent.valid_to.isoformat(),
    }


def _passes(actor: Actor, form: PaperForm, case: Case) -> bool:
    # A name's words are joined by what no sentence has.
    name = (form.upload.name or "").replace("_", " ")
    return text_passes(actor, form, case, more={"file": name})


@require_GET
def attachment_download(request: ActingRequest, pk: UUID) -> HttpResponseBase:
    """The file, to be saved and never shown here. The read is committed before the first byte is opened."""
    actor = request.actor
    row = door.open_one(actor, Attachment, pk)
    shown = door.reveal_one(actor, row, door.Purpose.CASE_WORK)
    response = StreamingHttpResponse(
        service.content_of(actor=actor, attachment=row),
        content_type=row.media_type,
        headers={
            "Content-Length": str(row.size),
            "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
        },
    )
    name = shown.name
    if closed_for(row.case, Closed.FILE_NAME):
        # The name would lie on the reader's own disk; this one says nothing.
        name = f"{row.case.number}{PurePath(name).suffix}"
    disposition = content_disposition_header(as_attachment=True, filename=name)
    response.headers["Content-Disposition"] = disposition or "attachment"
    return response


@require_http_methods(["GET", "POST"])
def attachment_remove(request: ActingRequest, pk: UUID) -> HttpResponse:
    actor = request.actor
    row = door.open_one(actor, Attachment, pk, lock=request.method == "POST")
    door.demand(actor, row, "attachment", Action.WRITE)
    form = bound(request, RemoveForm)
    if request.method == "POST" and form.is_valid():
        reason = RemovedBecause(form.cleaned_data["reason"])
        service.remove_attachment(actor=actor, attachment=row, reason=reason, now=timezone.now())
        return redirect(f"{reverse('case_detail', args=[row.case_id])}#bilagor")
    shown = door.reveal_one(actor, row, door.Purpose.CASE_WORK)
    context = {"form": form, "attachment": shown, "case": row.case}
    status = 422 if request.method == "POST" else 200
    return render(request, "cases/attachment_remove.html", context, status=status)
