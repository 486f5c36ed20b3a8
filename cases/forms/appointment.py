"""Appointing somebody of another municipality to approve in a case."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cases.forms.dates import day_field


class AppointForm(forms.Form):
    address = forms.EmailField(
        label=_("E-postadress i tjänsten till den som utses"),
        help_text=_("Någon som arbetar med SSPF i en annan kommun. Fråga personen först."),
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
        error_messages={
            "required": _("Skriv adressen."),
            "invalid": _("Skriv hela adressen, till exempel namn@kommun.se."),
        },
    )
    until = day_field(_("Till och med"), help_text=_("Därefter upphör uppdraget av sig självt."))
    bound_by_secrecy = forms.BooleanField(
        label=_("Uppdraget är skriftligt, och personen vet att vår sekretess gäller för det hen läser (2 kap. 1 § OSL)."),
        error_messages={"required": _("Uppdraget måste vara skriftligt innan någon utses.")},
    )  # fmt: skip

    def __init__(self, *args: Any, today: date, latest: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today, self.latest = today, latest

    def clean_until(self) -> date:
        day: date = self.cleaned_data["until"]
        if day < self.today:
            raise forms.ValidationError(_("Dagen har redan varit."))
        if day > self.latest:
            raise forms.ValidationError(
                _("Senast %(day)s. Utse på nytt om det behövs längre."),
                params={"day": self.latest.isoformat()},
            )
        return day
