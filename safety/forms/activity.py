"""An activity of a pledge, and a note on how it goes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, ClassVar
from uuid import UUID

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from access import figures
from access.models import Unit
from safety.forms.free_text import INVALID_DAY, DayInput, FreeTextForm, set_choices
from safety.models import Activity, ActivityStatus, Pledge, Promise
from safety.services.activity import ActivityFields

SHORTENED = 90
WHOLE = "whole"


def unit_choices(units: Sequence[Unit], *, empty: Any) -> list[Any]:
    """Units under the name of their agency."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for unit in units:
        groups.setdefault(unit.agency.name, []).append((str(unit.id), unit.name))
    return [("", empty), *groups.items()]


def units_of(municipality_id: UUID) -> list[Unit]:
    return list(
        Unit.objects.going()
        .filter(agency__municipality_id=municipality_id)
        .select_related("agency")
        .order_by("agency__name", "name")
    )


def initial_of(activity: Activity) -> dict[str, Any]:
    return {
        "promise": str(activity.promise_id or WHOLE),
        "what": activity.what,
        "owner_unit": str(activity.owner_unit_id or ""),
        "due_on": activity.due_on,
        "indicator": activity.indicator,
        "status": activity.status,
        "result": activity.result,
        "figure_keys": activity.figure_keys,
    }


class ActivityForm(FreeTextForm):
    free_texts: ClassVar[tuple[str, ...]] = ("what", "indicator", "result")

    promise = forms.ChoiceField(
        label=gettext_lazy("Vilket löfte hör den till?"),
        error_messages={"required": gettext_lazy("Välj vilket löfte den hör till.")},
    )
    what = forms.CharField(
        label=gettext_lazy("Vad ska göras?"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": gettext_lazy("Skriv vad som ska göras.")},
    )
    owner_unit = forms.ChoiceField(
        label=gettext_lazy("Vilken enhet ansvarar?"),
        help_text=gettext_lazy("Enheten visas på den offentliga sidan, inte vem som arbetar där."),
        error_messages={"required": gettext_lazy("Välj en enhet.")},
    )
    due_on = forms.DateField(
        label=gettext_lazy("Klart senast"),
        required=False,
        widget=DayInput,
        error_messages={"invalid": INVALID_DAY},
    )
    indicator = forms.CharField(
        label=gettext_lazy("Hur märks det att det är gjort?"), required=False, max_length=300
    )
    status = forms.ChoiceField(
        label=gettext_lazy("Läge"),
        choices=ActivityStatus.choices,
        error_messages={"required": gettext_lazy("Välj läge.")},
    )
    result = forms.CharField(
        label=gettext_lazy("Vad ledde det till?"),
        help_text=gettext_lazy("Visas på den offentliga sidan."),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    figure_keys = forms.MultipleChoiceField(
        label=gettext_lazy("Siffror som räknas när löftet publiceras"),
        help_text=gettext_lazy(
            "Antalet fryses vid publiceringen. Under fem skrivs det som ”färre än 5”."
        ),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    seen_version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, pledge: Pledge, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.promises: dict[str, Promise] = {str(p.id): p for p in pledge.promises.all()}
        self.units = {str(unit.id): unit for unit in units_of(pledge.municipality_id)}
        set_choices(self, "promise", [(WHOLE, _("Hela medborgarlöftet")), *(
            (key, promise.text[:SHORTENED]) for key, promise in self.promises.items()
        )])  # fmt: skip
        set_choices(
            self, "owner_unit", unit_choices(list(self.units.values()), empty=_("Välj enhet"))
        )
        known = figures.registered()
        if known:
            set_choices(self, "figure_keys", list(known.items()))
        else:
            del self.fields["figure_keys"]

    def given(self) -> ActivityFields:
        """What is to be stored; only of a valid form."""
        cleaned = self.cleaned_data
        return ActivityFields(
            promise=self.promises.get(cleaned["promise"]),
            what=cleaned["what"],
            owner_unit=self.units[cleaned["owner_unit"]],
            due_on=cleaned["due_on"],
            indicator=cleaned["indicator"],
            result=cleaned["result"],
            status=ActivityStatus(cleaned["status"]),
            figure_keys=cleaned.get("figure_keys", []),
        )


class FollowUpForm(FreeTextForm):
    free_texts: ClassVar[tuple[str, ...]] = ("text",)

    text = forms.CharField(
        label=gettext_lazy("Hur går det?"),
        help_text=gettext_lazy(
            "Vad som har gjorts och vad det ledde till. Visas för alla efter nästa publicering."
        ),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": gettext_lazy("Skriv hur det går.")},
    )
    noted_on = forms.DateField(
        label=gettext_lazy("Dag"),
        widget=DayInput,
        error_messages={"invalid": INVALID_DAY, "required": INVALID_DAY},
    )
    seen_version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today

    def clean_noted_on(self) -> date:
        day: date = self.cleaned_data["noted_on"]
        if day > self.today:
            raise forms.ValidationError(_("Dagen har inte varit än."))
        return day
