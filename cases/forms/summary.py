"""Writing a summary for another agency's named people."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from access.models import Membership
from access.models.membership import in_sentence
from cases.forms.choices import offer
from cases.forms.dates import INVALID_DATE


class SummaryTextForm(forms.Form):
    about = forms.CharField(
        label=_("Vem gäller det?"),
        help_text=_("Så som mottagaren behöver veta det: förnamn och födelseår räcker ofta."),
        max_length=200,
        error_messages={"required": _("Skriv vem det gäller.")},
    )
    body = forms.CharField(
        label=_("Sammanfattning"),
        help_text=_("Mottagaren ser exakt den här texten och inget annat."),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 8}),
        error_messages={"required": _("Skriv sammanfattningen.")},
    )
    seen_version = forms.IntegerField(widget=forms.HiddenInput, required=False)


class SummaryForm(SummaryTextForm):
    readers = forms.MultipleChoiceField(
        label=_("Vilka får läsa?"),
        help_text=_("Bara de personer du kryssar för, så länge de har sin roll på enheten."),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Kryssa för minst en person.")},
    )
    until = forms.DateField(
        label=_("Får läsas till och med"),
        widget=forms.DateInput(attrs={"inputmode": "numeric"}, format="%Y-%m-%d"),
        error_messages={"invalid": INVALID_DATE, "required": INVALID_DATE},
    )
    field_order = ("readers", "about", "body", "until", "seen_version")

    def __init__(
        self,
        *args: Any,
        readers: Sequence[Membership],
        latest: date,
        today: date,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.known = {str(reader.id): reader for reader in readers}
        self.latest, self.today = latest, today
        self.fields["until"].help_text = _("Senast %(day)s, då samtycket upphör.") % {
            "day": latest.isoformat()
        }
        offer(
            self,
            "readers",
            [
                (
                    key,
                    f"{reader.user.name}, {in_sentence(reader.get_role_display())}, {reader.unit.name}",
                )
                for key, reader in self.known.items()
            ],
        )

    def clean_until(self) -> date:
        until: date = self.cleaned_data["until"]
        if until > self.latest:
            raise forms.ValidationError(
                _("Samtycket upphör %(day)s. Välj den dagen eller en tidigare.")
                % {"day": self.latest.isoformat()}
            )
        if until < self.today:
            raise forms.ValidationError(_("Dagen har redan varit."))
        return until

    def chosen(self) -> list[Membership]:
        return [self.known[key] for key in self.cleaned_data["readers"]]

    def clean_readers(self) -> list[str]:
        keys: list[str] = self.cleaned_data["readers"]
        if len({self.known[key].unit_id for key in keys}) > 1:
            raise forms.ValidationError(_("Välj personer från en och samma enhet."))
        return keys
