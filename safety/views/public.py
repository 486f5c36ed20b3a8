"""The pages that anybody may read without signing in: published pledges of a municipality."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from access.models import Municipality
from safety.services.public import published_pledge, published_pledges
from safety.views.pledge_parts import sections_of_snapshot

KEPT_BY_THE_BROWSER = "private, max-age=60"


@login_not_required
@require_safe
def pledge_public_list(request: HttpRequest, code: str) -> HttpResponse:
    municipality = Municipality.objects.filter(code=code).first()
    if municipality is None:
        raise Http404
    rows = [
        {
            "title": publication.snapshot["title"],
            "year": publication.year,
            "url": reverse("pledge_public", args=[code, publication.year]),
            "published_on": date_format(publication.published_at, "j F Y"),
        }
        for publication in published_pledges(municipality)
    ]
    context = {"municipality": municipality, "rows": rows}
    return _public(request, render(request, "safety/pledge_public_list.html", context))


@login_not_required
@require_safe
def pledge_public(request: HttpRequest, code: str, year: int) -> HttpResponse:
    publication = published_pledge(code=code, year=year)
    if publication is None:
        raise Http404
    snapshot = publication.snapshot
    next_day = date_format(publication.next_follow_up_on, "j F Y")
    told = any(
        activity["follow_ups"] or activity["result"]
        for promise in [*snapshot["promises"], {"activities": snapshot["whole"]}]
        for activity in promise["activities"]
    )
    words = (
        _("Nästa uppföljning: %(day)s.")
        if told
        else _("Ingen uppföljning publicerad än. Nästa: %(day)s.")
    )
    context = {
        "pledge": snapshot,
        "place": _("%(name)s kommun") % {"name": snapshot["municipality"]},
        "sections": sections_of_snapshot(snapshot),
        "next_follow_up": words % {"day": next_day},
        "published_on": date_format(publication.published_at, "j F Y"),
        "crumbs": [
            {"label": _("Medborgarlöften"), "url": reverse("pledge_public_list", args=[code])}
        ],
    }
    return _public(request, render(request, "safety/pledge_public.html", context))


def _public(request: HttpRequest, page: HttpResponse) -> HttpResponse:
    """Somebody signed in has their own name in the frame: that page is kept nowhere."""
    if not request.user.is_authenticated:
        page.headers["Cache-Control"] = KEPT_BY_THE_BROWSER
    return page
