"""The sign-in page; in the demo it also shows the cast."""

from __future__ import annotations

from typing import Any

from allauth.account import views as account
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from access.actor import signed_in
from access.views.demo import demo_cast


class SignIn(account.LoginView):  # type: ignore[misc]
    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        cast = demo_cast() if settings.DEMO else []
        context: dict[str, Any] = super().get_context_data(**kwargs)
        return context | {"cast": cast}


sign_in = SignIn.as_view()


def change_password(request: HttpRequest) -> HttpResponse:
    """Somebody without a password (who signs in another way) has none to change."""
    if not signed_in(request).has_usable_password():
        return redirect("today")
    response: HttpResponse = account.password_change(request)
    return response
