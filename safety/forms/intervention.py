"""A joint intervention, a unit's task in it, and how the task went."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from access.models import Membership, Unit
from access.models.membership import in_sentence
from safety.forms.activity import SHORTENED, unit_choices
from safety.forms.free_text import INVALID_DAY, DayInput, FreeTextForm, set_choices
from safety.models import Activity, Intervention, InterventionState, Level, TaskStatus
from safety.models.intervention import NEXT
from safety.services.intervention import InterventionFields

DAY_ERRORS = {"invalid": INVALID_DAY, "required": INVALID_DAY}


def initial_of(intervention: Intervention) -> dict[str, Any]:
    return {
        "level": intervention.level,
        "what": intervention.what,
        "where": intervention.where,
        "starts_on": intervention.starts_on,
        "ends_on": intervention.ends_on,
        "requested_by": str(intervention.requested_by_id),
        "activity": str(intervention.activity_id or ""),
        "state": intervention.state,
        "result": intervention.result,
        "seen_version": intervention.version,
    }


class InterventionForm(FreeTextForm):
    free_texts: ClassVar[tuple[str, ...]] = ("what", "where")

    level = forms.ChoiceField(
        label=gettext_lazy("Vad gäller insatsen?"),
        help_text=gettext_lazy(
            "Inga enskilda personer. Den som behöver eget stöd får ett eget ärende."
        ),
        choices=[
            (Level.AREA.value, gettext_lazy("En plats eller ett område")),
            (Level.GROUP.value, gettext_lazy("En grupp, utan namn")),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Välj plats eller grupp.")},
    )
    what = forms.CharField(
        label=gettext_lazy("Vad ska vi göra tillsammans?"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": gettext_lazy("Skriv vad ni ska göra.")},
    )
    where = forms.CharField(
        label=gettext_lazy("Var?"),
        max_length=200,
        error_messages={"required": gettext_lazy("Skriv var.")},
    )
    starts_on = forms.DateField(
        label=gettext_lazy("Börjar"), widget=DayInput, error_messages=DAY_ERRORS
    )
    ends_on = forms.DateField(
        label=gettext_lazy("Slutar"), required=False, widget=DayInput, error_messages=DAY_ERRORS
    )
    requested_by = forms.ChoiceField(
        label=gettext_lazy("Vem har bett om insatsen?"),
        error_messages={"required": gettext_lazy("Välj en enhet.")},
    )
    activity = forms.ChoiceField(
        label=gettext_lazy("Hör insatsen till en aktivitet i medborgarlöftet?"), required=False
    )

    def __init__(
        self, *args: Any, units: Sequence[Unit], activities: Sequence[Activity], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.units = {str(unit.id): unit for unit in units}
        self.activities = {str(activity.id): activity for activity in activities}
        set_choices(self, "requested_by", unit_choices(units, empty=_("Välj enhet")))
        set_choices(self, "activity", [("", _("Nej")), *(
            (key, f"{a.pledge.year}: {a.what[:SHORTENED]}") for key, a in self.activities.items()
        )])  # fmt: skip

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        starts, ends = cleaned.get("starts_on"), cleaned.get("ends_on")
        if starts and ends and ends < starts:
            self.add_error("ends_on", _("Insatsen kan inte sluta innan den börjar."))
        return cleaned

    def given(self) -> InterventionFields:
        """What is to be stored; only of a valid form."""
        cleaned = self.cleaned_data
        return InterventionFields(
            level=Level(cleaned["level"]),
            what=cleaned["what"],
            where=cleaned["where"],
            starts_on=cleaned["starts_on"],
            ends_on=cleaned["ends_on"],
            requested_by=self.units[cleaned["requested_by"]],
            activity=self.activities.get(cleaned["activity"]),
        )


class InterventionChangeForm(InterventionForm):
    free_texts: ClassVar[tuple[str, ...]] = ("what", "where", "result")

    state = forms.ChoiceField(
        label=gettext_lazy("Läge"), error_messages={"required": gettext_lazy("Välj läge.")}
    )
    result = forms.CharField(
        label=gettext_lazy("Vad ledde insatsen till?"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    seen_version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, now_in: InterventionState, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        set_choices(self, "state", [(s.value, s.label) for s in (now_in, *NEXT[now_in])])


class TaskForm(FreeTextForm):
    free_texts: ClassVar[tuple[str, ...]] = ("what",)

    responsible = forms.ChoiceField(
        label=gettext_lazy("Vem ansvarar?"),
        help_text=gettext_lazy("En person. Hen får en påminnelse i sin egen verksamhet."),
        error_messages={"required": gettext_lazy("Välj vem som ansvarar.")},
    )
    what = forms.CharField(
        label=gettext_lazy("Vad ska göras?"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": gettext_lazy("Skriv vad som ska göras.")},
    )
    due_on = forms.DateField(
        label=gettext_lazy("Klart senast"), widget=DayInput, error_messages=DAY_ERRORS
    )

    def __init__(
        self, *args: Any, people: Sequence[Membership], today: date, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.people = {str(person.id): person for person in people}
        self.today = today
        groups: dict[str, list[tuple[str, str]]] = {}
        for key, person in self.people.items():
            who = f"{person.user.name}, {in_sentence(person.get_role_display())}"
            groups.setdefault(f"{person.unit.name}, {person.agency.name}", []).append((key, who))
        set_choices(self, "responsible", [("", _("Välj person")), *groups.items()])

    def clean_due_on(self) -> date:
        day: date = self.cleaned_data["due_on"]
        if day < self.today:
            raise forms.ValidationError(_("Dagen har redan varit."))
        return day

    def chosen(self) -> Membership:
        return self.people[self.cleaned_data["responsible"]]


class TaskReportForm(FreeTextForm):
    free_texts: ClassVar[tuple[str, ...]] = ("result",)

    status = forms.ChoiceField(
        label=gettext_lazy("Hur går det?"),
        choices=TaskStatus.choices,
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Välj hur det går.")},
    )
    result = forms.CharField(
        label=gettext_lazy("Vad har ni gjort?"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    seen_version = forms.IntegerField(widget=forms.HiddenInput)
