"""Adding an authenticator app: the secret is sealed also in the session, where it waits to be confirmed."""

from __future__ import annotations

from typing import Any

from allauth.core import context
from allauth.mfa.adapter import get_adapter
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.totp.internal.auth import SECRET_SESSION_KEY
from django import forms
from django.utils.translation import gettext_lazy as _


class ActivateForm(ActivateTOTPForm):  # type: ignore[misc]  # allauth has no types
    """allauth keeps the secret as plain text in the session, which is a row of the database."""

    code = forms.CharField(
        label=_("Engångskod"),
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
        error_messages={"required": _("Skriv koden från appen.")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        session = context.request.session
        sealed = session.pop(SECRET_SESSION_KEY, None)
        if sealed and kwargs.get("data") is not None:
            session[SECRET_SESSION_KEY] = get_adapter().decrypt(sealed)
        super().__init__(*args, **kwargs)
        session[SECRET_SESSION_KEY] = get_adapter().encrypt(self.secret)
