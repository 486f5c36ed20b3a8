"""Registering and withdrawing a consent."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from access.models import Agency
from cases.forms.choices import offer
from cases.models import ConsentScope
from cases.rules.law import in_force

RECEIVED = (
    ("paper", _("På papper, underskrivet")),
    ("visit", _("Underskrivet vid besök")),
)
CHANNELS = (
    ("phone", _("Per telefon")),
    ("visit", _("Vid besök")),
    ("letter", _("Brev eller blankett")),
    ("message", _("Meddelande")),
)
DATE_FORMAT = "%Y-%m-%d"
INVALID_DATE = _("Skriv datumet så här: 2026-11-21.")


def _date_field(label: Any, **kwargs: Any) -> forms.DateField:
    return forms.DateField(
        label=label,
        widget=forms.DateInput(attrs={"inputmode": "numeric"}, format=DATE_FORMAT),
        error_messages={"invalid": INVALID_DATE, "required": INVALID_DATE},
        **kwargs,
    )


def months_after(start: date, months: int) -> date:
    """The same day of the month, or the month's last where there is none."""
    years, month = divmod(start.month - 1 + months, 12)
    year, month = start.year + years, month + 1
    return date(year, month, min(start.day, monthrange(year, month)[1]))


class ConsentForm(forms.Form):
    signed_by = forms.CharField(
        label=_("Vem har skrivit under?"),
        help_text=_("Namn och roll, till exempel vårdnadshavare 1, vårdnadshavare 2, den unge."),
        max_length=400,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("Skriv vem som har skrivit under.")},
    )
    agencies = forms.MultipleChoiceField(
        label=_("Vilka får ta del av uppgifter?"),
        help_text=_("Kryssa bara för dem som är ikryssade på det underskrivna papperet."),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Kryssa för minst en.")},
    )
    not_shared = forms.CharField(
        label=_("Vad får inte delas?"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    signed_on = _date_field(_("Underskrivet den"))
    valid_from = _date_field(_("Gäller från och med"))
    valid_to = _date_field(_("Gäller till och med"))
    received_how = forms.ChoiceField(
        label=_("Hur togs det emot?"),
        choices=RECEIVED,
        widget=forms.RadioSelect,
        error_messages={"required": _("Välj ett svar.")},
    )

    def __init__(self, *args: Any, agencies: Sequence[Agency], today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.known = {str(agency.id): agency for agency in agencies}
        self.today = today
        offer(self, "agencies", [(key, agency.name) for key, agency in self.known.items()])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        signed, start, end = (cleaned.get(f) for f in ("signed_on", "valid_from", "valid_to"))
        if signed and signed > self.today:
            self.add_error("signed_on", _("Dagen har inte varit än."))
        if start and signed and start < signed:
            self.add_error("valid_from", _("Samtycket kan inte gälla innan det skrevs under."))
        if start and end:
            longest = in_force("consent", start)[0]["max_months"]
            if end < start:
                self.add_error("valid_to", _("Slutdagen ligger före startdagen."))
            elif end > months_after(start, longest):
                self.add_error(
                    "valid_to",
                    _("Ett samtycke gäller högst %(months)s månader. Välj en tidigare dag.")
                    % {"months": longest},
                )
        return cleaned

    def chosen(self) -> list[Agency]:
        return [self.known[key] for key in self.cleaned_data["agencies"]]


class WithdrawForm(forms.Form):
    scopes = forms.MultipleChoiceField(
        label=_("Vad återkallas?"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Kryssa för minst en.")},
    )
    channel = forms.ChoiceField(
        label=_("Hur fick du veta det?"),
        choices=CHANNELS,
        widget=forms.RadioSelect,
        error_messages={"required": _("Välj ett svar.")},
    )

    def __init__(self, *args: Any, scopes: Sequence[ConsentScope], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.known = {str(scope.id): scope for scope in scopes}
        offer(self, "scopes", [(key, scope.covers_name) for key, scope in self.known.items()])

    def chosen(self) -> list[ConsentScope]:
        return [self.known[key] for key in self.cleaned_data["scopes"]]
