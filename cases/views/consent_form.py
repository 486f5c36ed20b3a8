"""The consent form on paper: blank in every language, or filled in for one case; as a PDF and as a page to print."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from access import door
from access.actor import ActingRequest
from access.pdf import pdf_response, render_pdf
from access.policy import Action
from cases.models import Consent
from cases.rules.consent_form import CODES, Filled, form_content, languages
from cases.services.consent_form import blank_form, printed_form


@require_GET
def consent_blanks(request: ActingRequest) -> HttpResponse:
    context = {"languages": languages(), "officer": blank_form(request.actor).officer}
    return render(request, "cases/consent_blanks.html", context)


@require_GET
def consent_blank(request: ActingRequest, code: str) -> HttpResponse:
    pdf, back = reverse("consent_blank_pdf", args=[code]), reverse("consent_blanks")
    return _page(request, code, blank_form(request.actor), pdf=pdf, back=back)


@require_GET
def consent_blank_pdf(request: ActingRequest, code: str) -> HttpResponse:
    return _pdf(code, blank_form(request.actor))


@require_GET
def consent_form(request: ActingRequest, pk: UUID, code: str) -> HttpResponse:
    consent = _of_case(request, pk)
    filled = printed_form(actor=request.actor, consent=consent, copy=False)
    pdf = reverse("consent_form_pdf", args=[pk, code])
    back = reverse("case_detail", args=[consent.case_id])
    return _page(request, code, filled, pdf=pdf, back=back)


@require_GET
def consent_form_pdf(request: ActingRequest, pk: UUID, code: str) -> HttpResponse:
    consent = _of_case(request, pk)
    return _pdf(code, printed_form(actor=request.actor, consent=consent, copy=False))


@require_GET
def consent_copy_pdf(request: ActingRequest, pk: UUID, code: str) -> HttpResponse:
    """The family's copy: the same whatever has been answered, and without a line that could tell who did not sign."""
    consent = _of_case(request, pk)
    return _pdf(code, printed_form(actor=request.actor, consent=consent, copy=True))


def _of_case(request: ActingRequest, pk: UUID) -> Consent:
    """A paper leaves the house: only those who work with the consent make one."""
    consent = door.open_one(request.actor, Consent, pk)
    door.demand(request.actor, consent, "consent", Action.WRITE)
    return consent


def _pdf(code: str, filled: Filled) -> HttpResponse:
    today = timezone.localdate()
    content = form_content(_known(code), filled, on=today)
    return pdf_response(render_pdf("consent_form.typ", content, made_on=today), name="blankett")


def _page(
    request: ActingRequest, code: str, filled: Filled, *, pdf: str, back: str
) -> HttpResponse:
    content = form_content(_known(code), filled, on=timezone.localdate())
    context = {"form": content, "pdf": pdf, "back": back}
    return render(request, "cases/consent_form.html", context)


def _known(code: str) -> str:
    if code not in CODES:
        raise door.NotHere
    return code
