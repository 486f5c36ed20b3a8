"""Pledges inside: the list, one pledge, its review, approval and publication."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from access import door, routes
from access.actor import ActingRequest
from access.forms import bound
from access.policy import Action
from safety.forms.pledge import PublishForm, VersionForm
from safety.forms.review import ReviewForm, content_of_pledge, initial_of
from safety.models import Activity, Party, Pledge, PledgeState
from safety.rules.follow_up import next_follow_up
from safety.services import approval, publication
from safety.services import pledge as service
from safety.views.pledge_import import crumbs
from safety.views.pledge_parts import sections_of

TONES = {
    PledgeState.DRAFT.value: "neutral",
    PledgeState.APPROVED.value: "active",
    PledgeState.PUBLISHED.value: "good",
}


@require_safe
def pledge_list(request: ActingRequest) -> HttpResponse:
    actor = request.actor
    rows = [
        [
            {"text": pledge.title, "url": reverse("pledge_detail", args=[pledge.pk])},
            {"text": str(pledge.year), "numeric": True},
            {"tag": pledge.get_state_display(), "tone": TONES[pledge.state]},
        ]
        for pledge in door.visible(actor, Pledge)
    ]
    context = {
        "rows": rows,
        "columns": [
            {"label": _("Löfte")},
            {"label": _("År"), "numeric": True},
            {"label": _("Läge")},
        ],
        "may_import": routes.may_enter(actor, "pledge_import"),
        "public_url": reverse("pledge_public_list", args=[actor.municipality_code]),
    }
    return render(request, "safety/pledge_list.html", context)


@require_safe
def pledge_detail(request: ActingRequest, pk: UUID) -> HttpResponse:
    return _page(request, door.open_one(request.actor, Pledge, pk))


@require_http_methods(["GET", "POST"])
def pledge_approve(request: ActingRequest, pk: UUID) -> HttpResponse:
    pledge = door.open_one(request.actor, Pledge, pk)
    form = VersionForm(request.POST or None)
    if request.method != "POST":
        return redirect("pledge_detail", pk=pk)
    try:
        party = approval.approve(
            actor=request.actor,
            pledge=pledge,
            seen_version=form.cleaned_data["seen_version"] if form.is_valid() else -1,
            now=timezone.now(),
        )
    except service.ChangedMeanwhile:
        return _page(request, door.open_one(request.actor, Pledge, pk), problem=_changed())
    except approval.AlreadyApproved:
        return _page(request, pledge, problem=_("Din part har redan godkänt medborgarlöftet."))
    except approval.SamePerson:
        return _page(
            request,
            pledge,
            problem=_(
                "Du har redan godkänt för den andra parten. Någon annan än du måste godkänna här."
            ),
        )
    messages.success(
        request,
        _("Godkänt för polisen.") if party == Party.POLICE else _("Godkänt för kommunen."),
    )
    return redirect("pledge_detail", pk=pk)


@require_http_methods(["GET", "POST"])
def pledge_publish(request: ActingRequest, pk: UUID) -> HttpResponse:
    pledge = door.open_one(request.actor, Pledge, pk)
    if request.method != "POST":
        return redirect("pledge_detail", pk=pk)
    form = PublishForm(request.POST, today=timezone.localdate())
    if not form.is_valid():
        return _page(request, pledge, publish_form=form, status=422)
    try:
        publication.publish(
            actor=request.actor,
            pledge=pledge,
            seen_version=form.cleaned_data["seen_version"],
            next_follow_up_on=form.cleaned_data["next_follow_up_on"],
            now=timezone.now(),
        )
    except service.ChangedMeanwhile:
        pledge = door.open_one(request.actor, Pledge, pk)
        return _page(request, pledge, problem=_changed(), publish_form=form)
    except publication.NotApproved:
        return _page(
            request,
            pledge,
            problem=_(
                "Kommunen och polisen måste båda ha godkänt innan medborgarlöftet kan publiceras."
            ),
        )
    except publication.YearTaken:
        return _page(
            request, pledge, problem=_("Ett annat medborgarlöfte är redan publicerat för det året.")
        )
    messages.success(
        request, _("Medborgarlöftet är publicerat. Du får en påminnelse inför nästa uppföljning.")
    )
    return redirect("pledge_detail", pk=pk)


@require_http_methods(["GET", "POST"])
def pledge_review(request: ActingRequest, pk: UUID) -> HttpResponse:
    actor = request.actor
    pledge = door.open_one(actor, Pledge, pk)
    door.demand(actor, pledge, "pledge", Action.WRITE)
    if request.method == "POST" and request.POST.get("act") == "remove":
        return _remove(request, pledge)
    initial = initial_of(content_of_pledge(pledge)) | {"seen_version": pledge.version}
    form = bound(
        request, ReviewForm, municipality_id=actor.municipality_id, stored=pledge, initial=initial
    )
    problem, status = "", 200
    if request.method == "POST" and form.is_valid():
        try:
            service.change_pledge(
                actor=actor,
                pledge=pledge,
                content=form.content(),
                seen_version=form.cleaned_data["seen_version"] or 0,
            )
            messages.success(
                request, _("Ändringen är sparad. Kommunen och polisen behöver godkänna på nytt.")
            )
            return redirect("pledge_detail", pk=pk)
        except service.ChangedMeanwhile:
            problem, status = stands_kept(), 409
            form = show_with_version(form, door.open_one(actor, Pledge, pk).version)
    elif request.method == "POST":
        status = 422
    context = {"form": form, "pledge": pledge, "problem": problem, "crumbs": _crumbs(pledge)}
    return render(request, "safety/pledge_review.html", context, status=status)


def _remove(request: ActingRequest, pledge: Pledge) -> HttpResponse:
    form = VersionForm(request.POST)
    try:
        service.remove_draft(
            actor=request.actor,
            pledge=pledge,
            seen_version=form.cleaned_data["seen_version"] if form.is_valid() else -1,
            now=timezone.now(),
        )
    except service.AlreadyPublished:
        problem = _("Ett publicerat medborgarlöfte kan inte tas bort.")
        return _page(request, pledge, problem=problem)
    except service.ChangedMeanwhile:
        return _page(request, door.open_one(request.actor, Pledge, pledge.pk), problem=_changed())
    messages.success(request, _("Utkastet är borttaget."))
    return redirect("pledge_list")


def stands_kept() -> str:
    """Told to the one who saves second."""
    return _(
        "Någon annan har sparat sedan du öppnade sidan. Det du har skrivit står kvar här nedanför och är inte"
        " sparat. Läs det som nu är sparat. Sparar du igen ersätter ditt det andra."
    )


def show_with_version(form: Any, version: int) -> Any:
    """The same form with what was typed, ready to be saved on top of what is stored now."""
    form.data = form.data.copy()
    form.data[form.add_prefix("seen_version")] = str(version)
    return form


def _crumbs(pledge: Pledge) -> list[dict[str, str]]:
    here = {"label": str(pledge.year), "url": reverse("pledge_detail", args=[pledge.pk])}
    return [*crumbs(), here]


def _links(activity: Activity) -> dict[str, str]:
    return {
        "change_url": reverse("pledge_activity", args=[activity.pk]),
        "follow_up_url": reverse("pledge_follow_up", args=[activity.pk]),
    }


def _no_links(_activity: Activity) -> dict[str, str]:
    return {}


def _changed() -> str:
    return _(
        "Någon har ändrat medborgarlöftet sedan du öppnade sidan. Läs det som står nu, och gör sedan om det"
        " du ville."
    )


def _page(
    request: ActingRequest,
    pledge: Pledge,
    *,
    problem: str = "",
    publish_form: PublishForm | None = None,
    status: int = 200,
) -> HttpResponse:
    actor = request.actor
    shown = door.reveal_one(actor, pledge, door.Purpose.CASE_WORK)
    standing = approval.standing_approvals(pledge)
    latest = pledge.publications.first()
    may_write = door.may(actor, pledge, "pledge", Action.WRITE)
    today = timezone.localdate()
    if may_write and pledge.state == PledgeState.APPROVED:
        publish_form = publish_form or PublishForm(
            today=today,
            initial={"seen_version": pledge.version, "next_follow_up_on": next_follow_up(today)},
        )
    else:
        publish_form = None
    context = {
        "pledge": pledge,
        "shown": shown,
        "tone": TONES[pledge.state],
        "sections": sections_of(pledge, _links if may_write else _no_links),
        "parties": [
            {"party": party, "label": party.label, "approval": standing.get(party)}
            for party in Party
        ],
        "awaits": approval.awaited_by(actor, pledge),
        "may_write": may_write,
        "publish_form": publish_form,
        "form": publish_form,
        "latest": latest,
        "unpublished_changes": latest is not None and latest.version != pledge.version,
        "unplaced": pledge.unplaced.count() if may_write else 0,
        "public_url": reverse("pledge_public", args=[actor.municipality_code, pledge.year]),
        "problem": problem,
        "crumbs": crumbs(),
    }
    code = 409 if problem else status
    return render(request, "safety/pledge_detail.html", context, status=code)
