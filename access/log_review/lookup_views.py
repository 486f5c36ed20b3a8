"""Looking things up in the log, and taking out an extract with a purpose; the manager's report of the own unit."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from access import door, extract
from access.actor import ActingRequest
from access.log_review import export, report
from access.log_review.barred import without_barred_numbers
from access.log_review.check_panel import panel
from access.log_review.events import Line, days, line, log, newest_first
from access.log_review.forms import ColleagueForm, DayForm, ExportForm, NumberForm
from access.log_review.protection import LOG
from access.log_review.selection import (
    KINDS,
    Selection,
    by_colleague,
    by_day,
    by_number,
    colleagues,
    crumbs,
    find_forms,
    neighbours,
)
from access.models import Membership
from access.policy import Action
from access.request_transaction import record

PAGE = 50


@require_POST
def log_find(request: ActingRequest) -> HttpResponse:
    """Turns what was asked for into an address with an opaque id; a number is never part of one."""
    actor, given = request.actor, request.POST
    if "colleague" in given:
        of_colleague = ColleagueForm(given, auto_id="colleague_%s", colleagues=colleagues(actor))
        if of_colleague.is_valid():
            return redirect("log_colleague", pk=of_colleague.cleaned_data["colleague"].pk)
        return _find_again(request, "colleague_form", of_colleague)
    if "day" in given:
        of_day = DayForm(given, auto_id="day_%s")
        if of_day.is_valid():
            return redirect("log_day", day=of_day.cleaned_data["day"].isoformat())
        return _find_again(request, "day_form", of_day)
    of_number = NumberForm(given, auto_id="number_%s")
    if of_number.is_valid():
        rows = log(actor).filter(case_number=of_number.cleaned_data["number"])
        event = rows.order_by("-occurred_at").first()
        if event is not None:
            return redirect("log_number", pk=event.id)
        of_number.add_error("number", _("Det finns inga händelser med det numret i er logg."))
        record("log.search", object_type="audit.auditevent", object_id=None)
    return _find_again(request, "number_form", of_number)


def _find_again(request: ActingRequest, name: str, form: Any) -> HttpResponse:
    context = find_forms(request.actor, **{name: form})
    context |= {"form": form, "crumbs": crumbs()}
    return render(request, "access/log_find.html", context, status=422)


@require_GET
def log_number(request: ActingRequest, pk: UUID) -> HttpResponse:
    return _page(request, by_number(request.actor, str(pk)))


@require_GET
def log_colleague(request: ActingRequest, pk: UUID) -> HttpResponse:
    return _page(request, by_colleague(request.actor, str(pk)))


@require_GET
def log_day(request: ActingRequest, day: str) -> HttpResponse:
    return _page(request, by_day(request.actor, day))


@require_POST
def log_export(request: ActingRequest) -> HttpResponse:
    """The selection as a table, for a purpose that is written in the log with it."""
    door.demand_of_role(request.actor, LOG, "log", Action.EXPORT)
    choose = KINDS.get(request.POST.get("kind", ""))
    if choose is None:
        raise door.NotHere
    selection = choose(request.actor, request.POST.get("key", ""))
    form = ExportForm(request.POST)
    if not form.is_valid():
        return _page(request, selection, export_form=form)
    rows = log(request.actor, action=Action.EXPORT).filter(selection.where)
    found = [line(event) for event in newest_first(rows, now=timezone.now())[: export.MOST]]
    selection.note("log.export", purpose=form.cleaned_data["purpose"])
    return extract.download(export.table(found), f"loggutdrag-{timezone.localdate():%Y-%m-%d}.csv")


def _number_url(one: Line) -> str:
    return reverse("log_number", args=[one.id])


def _page(
    request: ActingRequest, selection: Selection, *, export_form: ExportForm | None = None
) -> HttpResponse:
    now = timezone.now()
    rows = newest_first(log(request.actor).filter(selection.where), now=now)
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    about_number = selection.kind == "number"
    context: dict[str, Any] = {
        "selection": selection,
        "page": page,
        "days": days(
            (line(event) for event in page), numbers_url=None if about_number else _number_url
        ),
        "form": export_form or ExportForm(),
        "most": export.MOST,
        "crumbs": crumbs(),
    }
    if selection.kind == "day":
        context["neighbours"] = neighbours(selection.key, timezone.localdate(now))
    selection.note("log.read")
    return render(request, "access/log_lookup.html", context, status=422 if export_form else 200)


@require_GET
def unit_log(request: ActingRequest) -> HttpResponse:
    """Counts per colleague of the manager's own unit: who looked, changed, was refused, worked at night."""
    now = timezone.now()
    found = report.of_unit(request.actor, now=now)
    context = {
        "bars": report.bars(found),
        "rows": [
            [
                {"text": one.name, "url": reverse("unit_log_colleague", args=[one.membership_id])},
                {"text": one.role},
                {"text": str(one.reads), "numeric": True},
                {"text": str(one.changes), "numeric": True},
                {"text": str(one.denied), "numeric": True},
                {"text": str(one.out_of_hours), "numeric": True},
            ]
            for one in found
        ],
        "columns": [
            {"label": _("Kollega")},
            {"label": _("Roll")},
            {"label": _("Läsningar"), "numeric": True},
            {"label": _("Ändringar"), "numeric": True},
            {"label": _("Nekade"), "numeric": True},
            {"label": _("Utanför arbetstid"), "numeric": True},
        ],
        "check": panel(request.actor, request.session, now=now),
        "unit_days": report.DAYS,
    }
    record("log.read", object_type="access.membership", object_id=None)
    return render(request, "access/log_unit.html", context)


@require_GET
def unit_log_colleague(request: ActingRequest, pk: UUID) -> HttpResponse:
    """What one colleague did in the manager's own unit; nothing they did elsewhere is here."""
    actor = request.actor
    rows = log(actor).filter(actor_membership_id=pk)
    membership = colleagues(actor).filter(pk=pk).first()
    if membership is None or (membership.unit_id != actor.unit_id and not rows.exists()):
        door.refuse(Membership, pk, outcome="missing", action="read")
        raise door.NotHere
    page = Paginator(newest_first(rows, now=timezone.now()), PAGE).get_page(request.GET.get("page"))
    record("log.read", object_type="access.membership", object_id=pk)
    context = {
        "colleague": membership.user.name,
        "role": membership.get_role_display(),
        "page": page,
        "days": days(line(event) for event in without_barred_numbers(actor, page)),
        "crumbs": crumbs("unit_log", _("Enhetens logg")),
    }
    return render(request, "access/log_unit_colleague.html", context)
