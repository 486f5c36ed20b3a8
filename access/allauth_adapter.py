"""allauth, narrowed: no sign-up, and the secrets of second factors sealed."""

from __future__ import annotations

import base64
import time
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.app_settings import REAUTHENTICATION_TIMEOUT
from allauth.account.authentication import get_authentication_records
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from django.http import HttpRequest

from access.models import User
from access.request_transaction import record
from crypto.seal import open_system, seal_system

PURPOSE = "mfa"


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth has no types
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Accounts are made by an administrator, never by oneself."""
        return False

    def login(self, request: HttpRequest, user: User) -> None:
        super().login(request, user)
        record("session.start", object_type="access.user", object_id=user.id)

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """Noted without the address that was typed: it may be somebody's password in the wrong field."""
        record("session.refuse", object_type="access.user", object_id=None)

    def is_reauthentication_required(self, *, app: str) -> bool:
        """Signing in a moment ago counts: nobody should type the password twice to add a second factor."""
        request = context.request
        records = get_authentication_records(request, request.user)
        return not any(time.time() - record["at"] < REAUTHENTICATION_TIMEOUT for record in records)


class MfaAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # allauth has no types
    def encrypt(self, text: str) -> str:
        return base64.b64encode(seal_system(text.encode(), purpose=PURPOSE)).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return open_system(base64.b64decode(encrypted_text), purpose=PURPOSE).decode()
