"""Taking or declining a concern."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cases.models import Protection
from cases.rules.identity_number import NotAnIdentityNumber, read_identity_number


class TakeForm(forms.Form):
    name = forms.CharField(
        label=_("Den unges namn"),
        max_length=200,
        error_messages={"required": _("Skriv den unges namn.")},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    number = forms.CharField(
        label=_("Personnummer eller samordningsnummer"),
        help_text=_("ÅÅÅÅMMDD-NNNN. Lämna tomt om du inte vet."),
        max_length=20,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "numeric"}),
    )
    birth_date = forms.DateField(
        label=_("Födelsedatum"),
        help_text=_("Till exempel 2011-05-17. Numret och födelsedatumet kan skilja sig åt."),
        required=False,
        widget=forms.DateInput(attrs={"inputmode": "numeric"}, format="%Y-%m-%d"),
        error_messages={"invalid": _("Skriv datumet så här: 2011-05-17.")},
    )
    protection = forms.ChoiceField(
        label=_("Skyddade personuppgifter"),
        choices=Protection.choices,
        initial=Protection.NONE,
    )

    def clean_number(self) -> Any:
        typed = self.cleaned_data["number"]
        if not typed.strip():
            return None
        try:
            return read_identity_number(typed, born_by=timezone.localdate())
        except NotAnIdentityNumber:
            raise forms.ValidationError(
                _("Numret stämmer inte. Kontrollera siffrorna, eller lämna fältet tomt.")
            ) from None


class DeclineForm(forms.Form):
    reason = forms.CharField(
        label=_("Varför är det inte aktuellt för SSPF?"),
        help_text=_(
            "Sparas förseglat hos er. Den som lämnade oron får samma besked vad du än svarar."
        ),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": _("Skriv skälet.")},
    )
