"""A new number for somebody whom the agency knows."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cases.forms.identity_number import clean_identity_number
from cases.rules.identity_number import IdentityNumber

BIRTH_DATE_DIFFERS = _(
    "Födelsedatumet är ett annat än dagen i numret. Det kan vara rätt: numret får en närliggande dag när dagens nummer "
    "är slut. Kontrollera båda."
)
NEW, WRONG = "new", "wrong"


class PersonNumberForm(forms.Form):
    number = forms.CharField(
        label=_("Personnummer eller samordningsnummer"),
        help_text=_("ÅÅÅÅMMDD-NNNN."),
        max_length=30,
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "numeric"}),
        error_messages={"required": _("Skriv numret.")},
    )
    why = forms.ChoiceField(
        label=_("Varför ett nytt nummer?"),
        choices=[
            (NEW, _("Personen har fått ett nytt nummer. Det tidigare hittas fortfarande.")),
            (WRONG, _("Det tidigare numret var fel. Det hittas inte längre.")),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": _("Välj varför.")},
    )

    def __init__(self, *args: Any, has_number: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not has_number:
            del self.fields["why"]

    def clean_number(self) -> IdentityNumber:
        return clean_identity_number(self.cleaned_data["number"])

    def was_wrong(self) -> bool:
        return self.cleaned_data.get("why") == WRONG
