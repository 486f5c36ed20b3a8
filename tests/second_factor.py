"""The code that somebody's app shows, asked of what the product keeps of it."""

from __future__ import annotations

from datetime import datetime

from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.utils import timezone

from access.models import User


def code_of(user: User, *, at: datetime | None = None) -> str:
    stored = Authenticator.objects.get(user=user, type=Authenticator.Type.TOTP).data["secret"]
    return code_from(get_adapter().decrypt(stored), at=at)


def code_from(secret: str, *, at: datetime | None = None) -> str:
    """The code an app would show at that time, now if none is given (RFC 6238)."""
    counter = int((at or timezone.now()).timestamp()) // 30
    return str(format_hotp_value(hotp_value(secret, counter)))
