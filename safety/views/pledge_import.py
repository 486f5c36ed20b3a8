"""Importing a pledge: paste or upload, review what was read, save. Nothing is stored before the last step."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from access import door
from access.actor import ActingRequest
from access.held import take_back
from safety.forms.pledge import ImportForm
from safety.forms.review import MOST_ROWS, ReviewForm, initial_of
from safety.models import Pledge
from safety.pledge_text import PledgeReading
from safety.services.content import content_of
from safety.services.pledge import save_pledge


@require_http_methods(["GET", "POST"])
def pledge_import(request: ActingRequest) -> HttpResponse:
    if not door.may_create(request.actor, "pledge"):
        raise door.NotHere
    if request.method == "POST":
        return _save(request) if request.POST.get("act") == "save" else _read(request)
    # What was typed when the session locked comes back, in the step where it was typed.
    held = take_back(request)
    if held is not None and "promises" in held:
        return _review(request, ReviewForm(held, municipality_id=request.actor.municipality_id))
    return _paste(request, _import_form(request, held))


def _read(request: ActingRequest) -> HttpResponse:
    form = _import_form(request, request.POST)
    if not form.is_valid() or form.reading is None:
        return _paste(request, form, status=422)
    if max(len(form.reading.promises), len(form.reading.activities)) > MOST_ROWS:
        form.add_error(
            None, _("Texten har för många löften för att granskas på en gång. Dela upp den.")
        )
        return _paste(request, form, status=422)
    return _review(request, _first_review(request, form.reading))


def _first_review(request: ActingRequest, reading: PledgeReading) -> ReviewForm:
    municipality_id = request.actor.municipality_id
    year = reading.year or timezone.localdate().year
    content = content_of(reading, year=year, municipality_id=municipality_id)
    initial = initial_of(content)
    if reading.year is None:
        initial["year"] = None
    return ReviewForm(initial=initial, municipality_id=municipality_id)


def _save(request: ActingRequest) -> HttpResponse:
    form = ReviewForm(request.POST, municipality_id=request.actor.municipality_id)
    if not form.is_valid():
        return _review(request, form, status=422)
    pledge = save_pledge(actor=request.actor, content=form.content(), now=timezone.now())
    messages.success(
        request,
        _(
            "Medborgarlöftet är sparat som utkast. Lägg till aktiviteter, och be sedan båda parter godkänna."
        ),
    )
    return redirect("pledge_detail", pk=pledge.pk)


def _import_form(request: ActingRequest, data: QueryDict | None) -> ImportForm:
    return ImportForm(
        data, request.FILES or None, municipality_name=request.actor.municipality_name
    )


def _paste(request: ActingRequest, form: ImportForm, *, status: int = 200) -> HttpResponse:
    context = {"form": form, "crumbs": crumbs()}
    return render(request, "safety/pledge_import.html", context, status=status)


def _review(request: ActingRequest, form: ReviewForm, *, status: int = 200) -> HttpResponse:
    year = form["year"].value()
    same_year = (
        door.visible(request.actor, Pledge).filter(year=year).exists()
        if str(year or "").isdigit()
        else False
    )
    context = {
        "form": form,
        "crumbs": crumbs(),
        "same_year": year if same_year else None,
        "importing": True,
    }
    return render(request, "safety/pledge_review.html", context, status=status)


def crumbs() -> list[dict[str, str]]:
    """The way back to the list."""
    return [{"label": _("Medborgarlöften"), "url": reverse("pledge_list")}]
