"""Why a typed number is refused, in words that say which part to look at."""

from __future__ import annotations

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cases.rules.identity_number import IdentityNumber, NotAnIdentityNumber, read_identity_number

WORDS = {
    "shape": _("Numret stämmer inte: det ska ha tio eller tolv siffror, som ÅÅÅÅMMDD-NNNN."),
    "date": _("Numret stämmer inte: de första siffrorna är inget datum. Kontrollera dem."),
    "check": _(
        "Numret stämmer inte: den sista siffran passar inte till de andra. Kontrollera alla siffror."
    ),
    "future": _("Numret stämmer inte: datumet har inte varit än."),
}


def clean_identity_number(typed: str) -> IdentityNumber:
    """Raises ValidationError in words; the number itself is not repeated."""
    try:
        return read_identity_number(typed, born_by=timezone.localdate())
    except NotAnIdentityNumber as fault:
        raise forms.ValidationError(WORDS[str(fault)], code=str(fault)) from None
