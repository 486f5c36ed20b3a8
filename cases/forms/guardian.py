"""Registering a guardian, and the end of a custody."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import uuid4

from django import forms
from django.utils.translation import gettext_lazy as _

from cases.forms.choices import offer
from cases.forms.dates import day_field
from cases.rules.codes import choices


class GuardianForm(forms.Form):
    name = forms.CharField(
        label=_("Namn"),
        max_length=200,
        error_messages={"required": _("Skriv vårdnadshavarens namn.")},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    custody = forms.ChoiceField(
        label=_("Vilken vårdnad?"),
        help_text=_("Har två gemensam vårdnad ska båda registreras. Fråga om du är osäker."),
        widget=forms.RadioSelect,
        error_messages={"required": _("Välj vilken vårdnad.")},
    )
    phone = forms.CharField(
        label=_("Telefon"),
        max_length=60,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "tel"}),
    )
    address = forms.CharField(
        label=_("Adress"),
        max_length=400,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2, "autocomplete": "off"}),
    )
    starts_on = day_field(_("Vårdnadshavare från och med"), required=False)
    form_id = forms.UUIDField(widget=forms.HiddenInput, required=False)

    def __init__(
        self, *args: Any, today: date, address_closed: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        self.initial.setdefault("form_id", uuid4())
        offer(self, "custody", choices("custody", today))
        self.fields["starts_on"].help_text = _("Om du vet. Annars räknas det från i dag.")
        if address_closed:
            # A protected person has no address here, and a guardian's would tell it.
            del self.fields["address"]

    def clean_starts_on(self) -> date:
        day: date = self.cleaned_data["starts_on"] or self.today
        if day > self.today:
            raise forms.ValidationError(_("Dagen har inte varit än."))
        return day


class EndGuardianForm(forms.Form):
    last_day = day_field(_("Sista dagen som vårdnadshavare"))

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        self.initial.setdefault("last_day", today)

    def clean_last_day(self) -> date:
        day: date = self.cleaned_data["last_day"]
        if day > self.today:
            raise forms.ValidationError(_("Dagen har inte varit än."))
        return day
