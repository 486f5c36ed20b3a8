"""The second factor once more, now: for an act that a session left open must not be able to do."""

from __future__ import annotations

from allauth.core import ratelimit
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django.conf import settings
from django.http import HttpRequest

from access.actor import signed_in
from access.session_guard import DEMO_FACTOR


def demo_needs_no_code(request: HttpRequest) -> bool:
    """The demo's cast has no second factor of its own; there, and only there, pressing the button is enough."""
    return settings.DEMO and bool(request.session.get(DEMO_FACTOR))


def code_is_right(request: HttpRequest, code: str, *, recovery: bool = False) -> bool:
    """A code of the authenticator app; with `recovery`, also an unused recovery code. Guesses are limited."""
    user = signed_in(request)
    if not ratelimit.consume(request, action="reauthenticate", user=user):
        return False
    factors = {one.type: one for one in Authenticator.objects.filter(user=user)}
    app = factors.get(Authenticator.Type.TOTP)
    if app is not None and TOTP(app).validate_code(code):
        return True
    codes = factors.get(Authenticator.Type.RECOVERY_CODES) if recovery else None
    return codes is not None and bool(RecoveryCodes(codes).validate_code(code))
