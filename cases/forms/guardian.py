"""Registering a guardian, correcting what was entered wrong, and the end of a custody."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import uuid4

from django import forms
from django.utils.translation import gettext_lazy as _

from access.forms import offer
from cases.forms.dates import day_field
from cases.rules.codes import choices
from cases.rules.guardians import too_many


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
        self.fields["starts_on"].help_text = _(
            "Om du vet. Annars räknas det från i dag. Skriv så här: 2026-11-21."
        )
        if address_closed:
            # A protected person has no address here, and a guardian's would tell it.
            del self.fields["address"]

    def clean_starts_on(self) -> date:
        day: date = self.cleaned_data["starts_on"] or self.today
        if day > self.today:
            raise forms.ValidationError(_("Dagen har inte varit än."))
        return day


class CorrectGuardianForm(GuardianForm):
    """What was entered wrong from the beginning. others: how many guardians there are beside, with no last day."""

    reason = forms.CharField(
        label=_("Vad var fel, och hur vet du det?"),
        help_text=_("Till exempel: Enligt personbeviset har de gemensam vårdnad."),
        max_length=500,
        error_messages={"required": _("Skriv varför uppgiften rättas.")},
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    seen_version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, others: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.others = others
        del self.fields["starts_on"], self.fields["form_id"]
        self.fields["custody"].help_text = _("Har två gemensam vårdnad ska båda stå här.")

    def clean_custody(self) -> str:
        custody: str = self.cleaned_data["custody"]
        if custody != self.initial["custody"] and too_many(custody, self.others, self.today):
            raise forms.ValidationError(
                _(
                    "Det finns fler som är registrerade som vårdnadshavare. Registrera först att deras vårdnad "
                    "har upphört."
                )
            )
        return custody

    @property
    def says_the_same(self) -> bool:
        """Whether everything but the reason is as it stands already; for a valid form."""
        told = (name for name in ("name", "custody", "phone", "address") if name in self.fields)
        return all(self.cleaned_data[name] == self.initial[name] for name in told)


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
