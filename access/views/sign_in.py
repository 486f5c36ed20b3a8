"""The sign-in page, in the demo with the cast; adding the second factor; another password."""

from __future__ import annotations

from typing import Any

from allauth.account import views as account
from allauth.mfa.totp import views as totp
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib.auth import update_session_auth_hash
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse_lazy

from access.actor import signed_in
from access.views.demo import demo_cast


class SignIn(account.LoginView):  # type: ignore[misc]  # allauth has no types
    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        cast = demo_cast() if settings.DEMO else []
        context: dict[str, Any] = super().get_context_data(**kwargs)
        return context | {"cast": cast}


sign_in = SignIn.as_view()


def activate_totp(request: HttpRequest) -> HttpResponse:
    """Adding the second factor ends every other session: each of them was opened with a password alone."""
    user = signed_in(request)
    had_one = is_mfa_enabled(user)
    response: HttpResponse = totp.activate_totp(request)
    if not had_one and is_mfa_enabled(user):
        user.session_generation += 1
        user.save(update_fields=["session_generation"])
        update_session_auth_hash(request, user)
    return response


class ChoosePassword(account.PasswordResetFromKeyView):  # type: ignore[misc]  # allauth has no types
    """From an invitation; the second factor is asked for, or added, at the sign-in that follows."""

    success_url = reverse_lazy("account_login")


choose_password = ChoosePassword.as_view()


def change_password(request: HttpRequest) -> HttpResponse:
    """Somebody without a password (who signs in another way) has none to change."""
    if not signed_in(request).has_usable_password():
        return redirect("today")
    response: HttpResponse = account.password_change(request)
    return response
