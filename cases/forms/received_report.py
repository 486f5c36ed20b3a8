"""Registering a report of concern that has come in, and noting what has been done with it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cases.forms.concern import HOW_REPORTED
from cases.forms.dates import day_field
from cases.forms.once import OnceForm
from cases.models import ReportState

MOMENT = dict.fromkeys(("required", "invalid"), _("Skriv datum och tid så här: 2026-11-21 10:42."))


def moment_field(label: Any, **kwargs: Any) -> forms.DateTimeField:
    return forms.DateTimeField(
        label=label,
        widget=forms.DateTimeInput(attrs={"inputmode": "numeric"}, format="%Y-%m-%d %H:%M"),
        error_messages=MOMENT,
        **kwargs,
    )


class ReceivedReportForm(OnceForm):
    received_at = moment_field(
        _("När kom den in?"),
        help_text=_("De fjorton dagarna räknas härifrån. Till exempel 2026-11-21 10:42."),
    )
    how = forms.ChoiceField(
        label=_("Hur?"),
        choices=HOW_REPORTED,
        widget=forms.RadioSelect,
        error_messages={"required": _("Välj ett svar.")},
    )
    child = forms.CharField(
        label=_("Vilket barn gäller den?"),
        help_text=_("Det du behöver för att känna igen anmälan. Personnumret står i akten."),
        max_length=200,
        error_messages={"required": _("Skriv vilket barn den gäller.")},
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    reporter = forms.CharField(
        label=_("Vem har anmält?"),
        help_text=_("Enhet och namn, så som det sades. Behövs för att kunna återkoppla."),
        max_length=200,
        error_messages={"required": _("Skriv vem som har anmält.")},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    reference = forms.CharField(
        label=_("Nummer i verksamhetssystemet"),
        help_text=_("Anmälan och bedömningen skrivs där. Skriv inget av innehållet här."),
        max_length=60,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def clean_received_at(self) -> datetime:
        received: datetime = self.cleaned_data["received_at"]
        if received > timezone.now():
            raise forms.ValidationError(_("Tiden har inte varit än."))
        return received


class ProtectionForm(forms.Form):
    """`received_at`: it cannot have been made before the report came."""

    assessed_at = moment_field(
        _("När gjordes skyddsbedömningen?"),
        help_text=_("Skriv bara när. Bedömningen står i verksamhetssystemet."),
    )

    def __init__(self, *args: Any, received_at: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.received_at = received_at

    def clean_assessed_at(self) -> datetime:
        assessed: datetime = self.cleaned_data["assessed_at"]
        if assessed > timezone.now():
            raise forms.ValidationError(_("Tiden har inte varit än."))
        if assessed < self.received_at.replace(second=0, microsecond=0):
            raise forms.ValidationError(_("Anmälan hade inte kommit in då."))
        return assessed


class DecisionForm(forms.Form):
    state = forms.ChoiceField(
        label=_("Vad har ni beslutat?"),
        choices=[choice for choice in ReportState.choices if choice[0] != ReportState.RECEIVED],
        widget=forms.RadioSelect,
        error_messages={"required": _("Välj ett svar.")},
    )
    decided_on = day_field(
        _("Vilken dag?"), help_text=_("Den som har frågat ska få svar inom en vecka härifrån.")
    )

    def __init__(self, *args: Any, received_on: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.received_on = received_on

    def clean_decided_on(self) -> date:
        decided: date = self.cleaned_data["decided_on"]
        if decided > timezone.localdate():
            raise forms.ValidationError(_("Dagen har inte varit än."))
        if decided < self.received_on:
            raise forms.ValidationError(_("Anmälan hade inte kommit in då."))
        return decided
