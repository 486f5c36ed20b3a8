"""The names that the frame's links ask for, so that the gallery stands on its own."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import path

NAMES = (
    "today", "concern_new", "set_language", "mfa_index", "account_change_password", "account_logout",
    "lock", "who_sees_what", "about", "accessibility", "demo_login",
    "account_login", "account_reauthenticate", "mfa_authenticate", "mfa_reauthenticate",
    "mfa_activate_totp", "mfa_deactivate_totp", "mfa_view_recovery_codes", "mfa_generate_recovery_codes",
)  # fmt: skip


def nothing(request: HttpRequest, pk: str = "") -> HttpResponse:
    return HttpResponse(status=204)


urlpatterns = [
    *[path(f"gallery/{name}", nothing, name=name) for name in NAMES],
    path("gallery/switch/<uuid:pk>", nothing, name="switch_membership"),
]
