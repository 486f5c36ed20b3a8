"""Attaching what an agency outside social services holds individual cases on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from access.forms import offer
from cases.forms.dates import day_field

KINDS = {"agreement": _("Överenskommelse mellan nämnderna"), "legal_opinion": _("Rättsutredning")}


class HostForm(forms.Form):
    kind = forms.ChoiceField(
        label=_("Vilket slags underlag?"),
        widget=forms.RadioSelect,
        error_messages={"required": _("Välj slag av underlag.")},
    )
    reference = forms.CharField(
        label=_("Diarienummer och rubrik"),
        help_text=_("Till exempel KS 2026/123, Överenskommelse om SSPF. Skriv inga namn på barn."),
        max_length=160,
        error_messages={"required": _("Skriv diarienumret.")},
    )
    dated = day_field(_("Underlagets datum"))
    checked = forms.BooleanField(
        label=_("Kommunens jurist har läst underlaget och det säger vilken sekretess som gäller här."),
        error_messages={"required": _("En jurist måste ha läst underlaget.")},
    )  # fmt: skip

    def __init__(self, *args: Any, needs: Sequence[str], today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        offer(self, "kind", [(code, KINDS[code]) for code in needs])

    def clean_dated(self) -> date:
        day: date = self.cleaned_data["dated"]
        if day > self.today:
            raise forms.ValidationError(_("Dagen har inte kommit än."))
        return day
