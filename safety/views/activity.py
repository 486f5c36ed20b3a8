"""A pledge's activities: adding, changing, and noting how they go."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from access import door
from access.actor import ActingRequest
from access.forms import bound
from access.models import Municipality
from access.policy import Action
from safety.forms.activity import ActivityForm, FollowUpForm, initial_of
from safety.forms.free_text import known_words
from safety.models import Activity, Pledge
from safety.services import activity as service
from safety.services.pledge import ChangedMeanwhile
from safety.views.pledge import show_with_version, stands_kept
from safety.views.pledge_import import crumbs


@require_http_methods(["GET", "POST"])
def pledge_activity_new(request: ActingRequest, pk: UUID) -> HttpResponse:
    pledge = _open(request, pk)
    form = bound(
        request,
        ActivityForm,
        pledge=pledge,
        known=_known(request),
        initial={"seen_version": pledge.version},
    )
    if request.method == "POST" and form.is_valid():
        try:
            service.add_activity(
                actor=request.actor,
                pledge=pledge,
                given=form.given(),
                seen_version=form.cleaned_data["seen_version"],
            )
            return _saved(request, pledge)
        except ChangedMeanwhile:
            return _conflict(request, pledge, form, title=_("Lägg till en aktivitet"))
    return _page(request, pledge, form, title=_("Lägg till en aktivitet"))


@require_http_methods(["GET", "POST"])
def pledge_activity(request: ActingRequest, pk: UUID) -> HttpResponse:
    activity = door.open_one(request.actor, Activity, pk)
    pledge = _open(request, activity.pledge_id)
    activity.pledge = pledge
    form = bound(
        request,
        ActivityForm,
        pledge=pledge,
        known=_known(request),
        initial=initial_of(activity) | {"seen_version": pledge.version},
    )
    if request.method == "POST" and form.is_valid():
        try:
            service.change_activity(
                actor=request.actor,
                activity=activity,
                given=form.given(),
                seen_version=form.cleaned_data["seen_version"],
            )
            return _saved(request, pledge)
        except ChangedMeanwhile:
            return _conflict(request, pledge, form, title=_("Ändra aktiviteten"))
    return _page(request, pledge, form, title=_("Ändra aktiviteten"))


@require_http_methods(["GET", "POST"])
def pledge_follow_up(request: ActingRequest, pk: UUID) -> HttpResponse:
    activity = door.open_one(request.actor, Activity, pk)
    pledge = _open(request, activity.pledge_id)
    activity.pledge = pledge
    today = timezone.localdate()
    form = bound(
        request,
        FollowUpForm,
        today=today,
        known=_known(request),
        initial={"noted_on": today, "seen_version": pledge.version},
    )
    title = _("Skriv en uppföljning")
    if request.method == "POST" and form.is_valid():
        try:
            service.add_follow_up(
                actor=request.actor,
                activity=activity,
                text=form.cleaned_data["text"],
                noted_on=form.cleaned_data["noted_on"],
                seen_version=form.cleaned_data["seen_version"],
            )
            return _saved(request, pledge)
        except ChangedMeanwhile:
            return _conflict(request, pledge, form, title=title, about=activity.what)
    return _page(request, pledge, form, title=title, about=activity.what)


def _open(request: ActingRequest, pk: UUID) -> Pledge:
    pledge = door.open_one(request.actor, Pledge, pk)
    door.demand(request.actor, pledge, "pledge", Action.WRITE)
    return pledge


def _known(request: ActingRequest) -> frozenset[str]:
    return known_words(Municipality.objects.get(pk=request.actor.municipality_id))


def _saved(request: ActingRequest, pledge: Pledge) -> HttpResponse:
    messages.success(
        request,
        _(
            "Sparat. Det syns på den offentliga sidan när båda parter har godkänt och löftet publiceras."
        ),
    )
    return redirect("pledge_detail", pk=pledge.pk)


def _conflict(
    request: ActingRequest, pledge: Pledge, form: Any, *, title: str, about: str = ""
) -> HttpResponse:
    now = door.open_one(request.actor, Pledge, pledge.pk).version
    form = show_with_version(form, now)
    return _page(request, pledge, form, title=title, about=about, problem=stands_kept())


def _page(
    request: ActingRequest,
    pledge: Pledge,
    form: Any,
    *,
    title: str,
    about: str = "",
    problem: str = "",
) -> HttpResponse:
    back = reverse("pledge_detail", args=[pledge.pk])
    context = {
        "form": form,
        "pledge": pledge,
        "title": title,
        "about": about,
        "problem": problem,
        "back_url": back,
        "crumbs": [*crumbs(), {"label": str(pledge.year), "url": back}],
    }
    status = 409 if problem else 422 if form.is_bound and request.method == "POST" else 200
    return render(request, "safety/pledge_activity.html", context, status=status)
