"""The form of the settings page: how one is told."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from reminders.choice_rules import DAILY, Allowed, Chosen
from reminders.models import Way

_NOT_DIGITS = re.compile(r"[\s()\-–]")
_E164 = re.compile(r"\+[1-9][0-9]{7,14}")


def _hour(label: Any, hint: Any = "") -> forms.TypedChoiceField:
    return forms.TypedChoiceField(
        label=label,
        help_text=hint,
        coerce=int,
        error_messages={"required": gettext_lazy("Välj en timme.")},
    )


class ChoiceForm(forms.Form):
    way = forms.ChoiceField(
        label=gettext_lazy("När vill du få e-post om dina påminnelser?"),
        help_text=gettext_lazy("I inkorgen kommer de alltid."),
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Välj när du vill få e-post.")},
    )
    digest_hour = _hour(
        gettext_lazy("Klockslag för dagens meddelande"),
        gettext_lazy("Gäller om du har valt en gång om dagen. Bara på vardagar."),
    )
    start = _hour(gettext_lazy("Skicka inget före"))
    end = _hour(gettext_lazy("Skicka inget efter"))
    sms_number = forms.CharField(
        label=gettext_lazy("Tjänstemobil för SMS"),
        help_text=gettext_lazy(
            "Skriv numret om du vill ha SMS i stället för e-post. Töm fältet om du inte vill det."
        ),
        required=False,
        max_length=25,
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "tel"}),
    )

    # When the choice was made that the page shows: of two windows, the older one is told.
    seen = forms.CharField(widget=forms.HiddenInput, required=False, max_length=40)

    def __init__(self, *args: Any, row: Allowed, sms: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.row = row
        self.choosable("way").choices = [
            (way, label) for way, label in Way.choices if way in row.ways
        ]
        hours = range(row.first_hour, row.last_hour + 1)
        self.choosable("start").choices = _clock(hours[:-1])
        self.choosable("digest_hour").choices = _clock(hours[:-1])
        self.choosable("end").choices = _clock(hours[1:])
        if not (sms and row.sms):
            del self.fields["sms_number"]

    def choosable(self, name: str) -> forms.ChoiceField:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - told to the type checker
        return field

    def clean_sms_number(self) -> str:
        """As E.164; a number without a country is Swedish."""
        number = _NOT_DIGITS.sub("", self.cleaned_data["sms_number"])
        if number.startswith("00"):
            number = f"+{number[2:]}"
        elif number.startswith("0"):
            number = f"+46{number[1:]}"
        if number and not _E164.fullmatch(number):
            raise forms.ValidationError(_("Skriv numret med siffror, till exempel 070-123 45 67."))
        return number

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if {"start", "end", "digest_hour"} <= cleaned.keys():
            if cleaned["start"] >= cleaned["end"]:
                self.add_error("end", _("Välj en senare timme än den ovanför."))
            elif cleaned.get("way") == DAILY and not (
                cleaned["start"] <= cleaned["digest_hour"] < cleaned["end"]
            ):
                self.add_error(
                    "digest_hour", _("Välj en timme mellan de två gränserna här nedanför.")
                )
        return cleaned

    def chosen(self) -> Chosen:
        given = self.cleaned_data
        return Chosen(
            way=given["way"],
            digest_hour=min(max(given["digest_hour"], given["start"]), given["end"] - 1),
            start=given["start"],
            end=given["end"],
            sms_number=given.get("sms_number", ""),
        )


def _clock(hours: range) -> list[tuple[int, str]]:
    return [(hour, f"{hour:02d}.00") for hour in hours]
