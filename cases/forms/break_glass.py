"""Opening a case in an emergency, and reviewing that it was done."""

from __future__ import annotations

import re
from datetime import date
from typing import Any
from uuid import uuid4

from django import forms
from django.utils.translation import gettext_lazy as _

from access.forms import UnlockForm, offer
from cases.rules.break_glass import OUTCOMES, REASONS, was_right
from cases.rules.codes import choices
from cases.rules.identity_number import (
    IdentityNumber,
    NotAnIdentityNumber,
    read_identity_number,
)
from cases.services.search import CASE_NUMBER


class BreakGlassForm(UnlockForm):
    number = forms.CharField(
        label=_("Ärendets nummer eller personens nummer"),
        help_text=_("Till exempel S26-K4X8P, eller personnummer eller samordningsnummer."),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": _("Skriv ett nummer.")},
    )
    reason = forms.ChoiceField(
        label=_("Varför måste du öppna ärendet?"),
        error_messages={"required": _("Välj varför.")},
    )
    words = forms.CharField(
        label=_("Beskriv kort vad som har hänt"),
        help_text=_("Den chef som granskar öppningen läser det."),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": _("Skriv kort vad som har hänt.")},
    )
    once = forms.UUIDField(widget=forms.HiddenInput)
    field_order = ("number", "reason", "words", "code", "once")

    def __init__(self, *args: Any, today: date, demo: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "reason", [("", _("Välj skäl")), *choices(REASONS, today)])
        self.initial.setdefault("once", uuid4())
        if demo:
            del self.fields["code"]

    def clean_number(self) -> str | IdentityNumber:
        """A case number as it is written in the register, or a person's number."""
        typed = " ".join(self.cleaned_data["number"].split())
        if CASE_NUMBER.fullmatch(typed):
            compact = re.sub(r"\W", "", typed.upper())
            return f"{compact[:3]}-{compact[3:]}"
        try:
            return read_identity_number(typed)
        except NotAnIdentityNumber:
            raise forms.ValidationError(
                _("Skriv hela numret: ärendets nummer, personnummer eller samordningsnummer.")
            ) from None


class BreakGlassReviewForm(forms.Form):
    outcome = forms.ChoiceField(
        label=_("Var öppningen rätt?"),
        widget=forms.RadioSelect,
        error_messages={"required": _("Välj vad granskningen kom fram till.")},
    )
    note = forms.CharField(
        label=_("Vad du kontrollerade, och vad som görs"),
        help_text=_("Skriv inget om den unge som inte behövs."),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 4}),
        required=False,
    )

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        offer(self, "outcome", choices(OUTCOMES, today))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        outcome = cleaned.get("outcome")
        if outcome and not was_right(outcome, self.today) and not cleaned.get("note"):
            self.add_error("note", _("Skriv vad som görs."))
        return cleaned
