"""What is copied from a signed paper into the register."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from access.signed_tables.tables import SHORT, Table


class SignatureForm(forms.Form):
    version = forms.CharField(
        label=_("Version på papperet"),
        help_text=_("De åtta tecken som står efter Version, högst upp på varje sida."),
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        error_messages={"required": _("Skriv versionen som står på papperet.")},
    )
    signed_by = forms.CharField(
        label=_("Vem har skrivit under?"),
        help_text=_("Namnet på den som har skrivit under i sin tjänst."),
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": _("Skriv namnet.")},
    )
    title = forms.CharField(
        label=_("Titel eller roll"),
        help_text=_("Till exempel stadsjurist eller socialchef."),
        max_length=120,
        error_messages={"required": _("Skriv titeln eller rollen.")},
    )
    signed_on = forms.DateField(
        label=_("Underskrivet den"),
        help_text=_("Till exempel 2026-11-21."),
        widget=forms.DateInput(attrs={"inputmode": "numeric"}, format="%Y-%m-%d"),
        error_messages={
            "invalid": _("Skriv datumet så här: 2026-11-21."),
            "required": _("Skriv datumet så här: 2026-11-21."),
        },
    )
    paper_reference = forms.CharField(
        label=_("Papperets nummer"),
        help_text=_("Diarienumret, så att papperet går att hitta."),
        max_length=60,
        error_messages={"required": _("Skriv papperets nummer.")},
    )

    def __init__(self, *args: Any, table: Table, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.table = table
        self.today = today

    def clean_version(self) -> str:
        given = str(self.cleaned_data["version"]).strip().lower()
        if len(given) < SHORT or not self.table.sha256.startswith(given.split("·")[-1].strip()):
            raise forms.ValidationError(
                _(
                    "Tabellen ser annorlunda ut nu än på papperet: nu är den %(short)s."
                    " Skriv ut den igen och låt den nya skrivas under."
                ),
                params={"short": self.table.short},
            )
        return given

    def clean_signed_on(self) -> date:
        day: date = self.cleaned_data["signed_on"]
        if day > self.today:
            raise forms.ValidationError(_("Dagen har inte varit än."))
        return day
