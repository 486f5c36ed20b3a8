"""The forms of the settings page: how one is told, and when one is away."""

from __future__ import annotations

import re
from datetime import date
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from access.models import Membership
from reminders.choice_rules import DAILY, Allowed, Chosen
from reminders.models import Way

_NOT_DIGITS = re.compile(r"[\s()\-–]")
_E164 = re.compile(r"\+[1-9]\d{7,14}")
INVALID_DAY = gettext_lazy("Skriv dagen så här: 2026-12-24.")


def _day(label: Any) -> forms.DateField:
    return forms.DateField(
        label=label,
        widget=forms.DateInput(attrs={"inputmode": "numeric"}, format="%Y-%m-%d"),
        error_messages={"invalid": INVALID_DAY, "required": INVALID_DAY},
    )


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


class AbsenceForm(forms.Form):
    from_day = _day(gettext_lazy("Från och med"))
    to_day = _day(gettext_lazy("Till och med"))
    substitute = forms.ChoiceField(
        label=gettext_lazy("Vem tar emot dina påminnelser?"),
        help_text=gettext_lazy(
            "Den du väljer får dina påminnelser under tiden, men inte dina ärenden: be chefen lägga till den som ska kunna läsa dem."
        ),
        required=False,
    )

    def __init__(self, *args: Any, people: list[Membership], today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.people, self.today = people, today
        field = self.fields["substitute"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - told to the type checker
        nobody = _("Ingen särskild: enhetens brevlåda eller den som samordnar")
        field.choices = [
            ("", nobody),
            *((str(one.pk), f"{one.user.name}, {one.unit.name}") for one in people),
        ]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        first, last = cleaned.get("from_day"), cleaned.get("to_day")
        if first and last and last < first:
            self.add_error("to_day", _("Välj en dag som inte kommer före den första."))
        elif last and last < self.today:
            self.add_error("to_day", _("Välj en dag som inte har varit."))
        return cleaned

    def chosen(self) -> Membership | None:
        given = self.cleaned_data["substitute"]
        return next((one for one in self.people if given and one.pk == UUID(given)), None)


def _clock(hours: range) -> list[tuple[int, str]]:
    return [(hour, f"{hour:02d}.00") for hour in hours]
