"""The demo's cast: sign in as anybody with one button. These routes exist only in SSPF_ENV=demo."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.contrib.auth import login, logout
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from access.actor import MEMBERSHIP_KEY
from access.models import Membership, Role, User
from access.request_transaction import record
from access.session_guard import DEMO_FACTOR

LOOPBACK = frozenset({"127.0.0.1", "::1"})


def demo_cast() -> list[dict[str, Any]]:
    """One entry per cast member: the first membership in force decides role and place."""
    held = (
        Membership.objects.in_force(timezone.localdate())
        .exclude(user__demo_cast="")
        .select_related("user", "unit", "agency", "municipality")
        .order_by("-municipality__code", "starts_on", "user__demo_cast")
    )
    cast: dict[str, dict[str, Any]] = {}
    for membership in held:
        cast.setdefault(
            membership.user.demo_cast,
            {
                "id": membership.user.demo_cast,
                "name": membership.user.name,
                "role": membership.role,
                "role_label": membership.get_role_display(),
                "agency": membership.agency.name,
                "unit": membership.unit.name,
                "municipality": membership.municipality.name,
            },
        )
    people = Counter(entry["municipality"] for entry in cast.values())
    return sorted(
        cast.values(),
        key=lambda entry: (
            -people[entry["municipality"]],
            entry["municipality"],
            list(Role).index(entry["role"]),
        ),
    )


@login_not_required
@require_GET
def cast_json(request: HttpRequest) -> HttpResponse:
    fields = ("id", "name", "role", "agency", "unit", "municipality")
    cast = [{field: entry[field] for field in fields} for entry in demo_cast()]
    return JsonResponse(cast, safe=False, json_dumps_params={"ensure_ascii": False})


@csrf_exempt
@login_not_required
@require_POST
def demo_login(request: HttpRequest) -> HttpResponse:
    """Only from this machine, and only as somebody of the cast; a script may do it without a form."""
    user = User.objects.filter(demo_cast=request.POST.get("cast", "")).exclude(demo_cast="").first()
    if user is None or request.META.get("REMOTE_ADDR") not in LOOPBACK:
        raise Http404
    logout(request)
    login(request, user, backend="allauth.account.auth_backends.AuthenticationBackend")
    request.session[DEMO_FACTOR] = True
    record("session.start", object_type="access.user", object_id=user.id)
    request.session.pop(MEMBERSHIP_KEY, None)
    return redirect("today")
