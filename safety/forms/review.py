"""Reviewing what was read of a pledge: one form with a row per promise, per activity and per unplaced line.

The form carries everything itself, so nothing is stored before it is saved, and nothing typed is lost.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from safety.forms.free_text import NUMBER
from safety.models import Pledge, Promise, Promiser
from safety.rules.person_words import has_identity_number
from safety.services.content import (
    ActivityContent,
    PledgeContent,
    PromiseContent,
    promise_of,
    recurring,
)

MOST_ROWS = 120
YEARS = (2015, 2100)
WHO: list[tuple[str, Any]] = [
    (Promiser.MUNICIPALITY.value, gettext_lazy("Kommunen lovar")),
    (Promiser.POLICE.value, gettext_lazy("Polisen lovar")),
    (Promiser.TOGETHER.value, gettext_lazy("Tillsammans lovar vi")),
]
NO_PROMISE = "none"
KEEP_AS: list[tuple[str, Any]] = [(NO_PROMISE, gettext_lazy("Inget löfte")), *WHO]


def initial_of(content: PledgeContent) -> dict[str, Any]:
    """The form's first values, flat as they will come back."""
    values: dict[str, Any] = {
        "year": content.year,
        "title": content.title,
        "parties": "\n".join(content.parties),
        "focus_areas": "\n".join(content.focus_areas),
        "promises": len(content.promises),
        "activities": len(content.activities),
        "unplaced": "\n".join(content.unplaced),
    }
    for at, promise in enumerate(content.promises):
        values |= {
            f"p{at}_id": str(promise.id or ""),
            f"p{at}_promiser": promise.promiser,
            f"p{at}_text": promise.text,
            f"p{at}_recurs": [str(promise.recurs_from)] if promise.recurs_from else [],
        }
    for at, activity in enumerate(content.activities):
        values |= {
            f"a{at}_text": activity.text,
            f"a{at}_promise": "" if activity.promise is None else str(activity.promise),
        }
    return values


def content_of_pledge(pledge: Pledge) -> PledgeContent:
    """A stored draft as the form shows it; its activities have pages of their own."""
    return PledgeContent(
        year=pledge.year,
        title=pledge.title,
        parties=pledge.parties,
        promises=[
            PromiseContent(
                promiser=Promiser(promise.promiser),
                text=promise.text,
                recurs_from=promise.recurs_from_id,
                id=promise.id,
            )
            for promise in pledge.promises.all()
        ],
        focus_areas=[area.name for area in pledge.focus_areas.all()],
        unplaced=[line.text for line in pledge.unplaced.all()],
    )


class ReviewForm(forms.Form):
    year = forms.IntegerField(
        label=gettext_lazy("År"),
        min_value=YEARS[0],
        max_value=YEARS[1],
        error_messages={
            "required": gettext_lazy("Skriv vilket år löftet gäller."),
            "invalid": gettext_lazy("Skriv året med fyra siffror."),
        },
    )
    title = forms.CharField(
        label=gettext_lazy("Rubrik"),
        max_length=200,
        error_messages={"required": gettext_lazy("Skriv en rubrik.")},
    )
    parties = forms.CharField(
        label=gettext_lazy("Parter"),
        help_text=gettext_lazy("En på varje rad."),
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": gettext_lazy("Skriv parterna, en på varje rad.")},
    )
    focus_areas = forms.CharField(
        label=gettext_lazy("Fokusområden"),
        help_text=gettext_lazy("Ett på varje rad."),
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    promises = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=MOST_ROWS)
    activities = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=MOST_ROWS)
    unplaced = forms.CharField(widget=forms.HiddenInput, required=False, strip=False)
    seen_version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(
        self, *args: Any, municipality_id: UUID, stored: Pledge | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.municipality_id = municipality_id
        self.stored = {p.id: p for p in stored.promises.all()} if stored else {}
        given: Mapping[str, Any] = self.data if self.is_bound else self.initial
        # A browser sends line breaks as CR LF.
        kept = str(given.get("unplaced") or "").replace("\r\n", "\n")
        self.unplaced_lines = [line for line in kept.split("\n") if line]
        self.promise_count = _count(given.get("promises"))
        self.activity_count = _count(given.get("activities"))
        texts = {str(at): str(given.get(f"p{at}_text") or "") for at in range(self.promise_count)}
        self.suggested = recurring(
            texts, year=_count(given.get("year"), most=YEARS[1]), municipality_id=municipality_id
        )
        for at in range(self.promise_count):
            self._promise_fields(at, self._earlier(at, given))
        for at in range(self.activity_count):
            self._activity_fields(at)
        for at, line in enumerate(self.unplaced_lines[:MOST_ROWS]):
            self.fields[f"u{at}_as"] = forms.ChoiceField(label=line, choices=KEEP_AS)
        self.fields["new_promiser"] = forms.ChoiceField(
            label=_("Vem lovar?"), choices=WHO, required=False
        )
        self.fields["new_text"] = _text(_("Ett löfte som saknas"))

    def _promise_fields(self, at: int, earlier: Promise | None) -> None:
        number = at + 1
        self.fields[f"p{at}_id"] = forms.UUIDField(widget=forms.HiddenInput, required=False)
        self.fields[f"p{at}_promiser"] = forms.ChoiceField(
            label=_("Vem lovar i löfte %(number)s?") % {"number": number}, choices=WHO
        )
        self.fields[f"p{at}_text"] = _text(
            _("Löfte %(number)s") % {"number": number},
            required=True,
            missing=_("Skriv löftet, eller kryssa för att det ska tas bort."),
        )
        if earlier is not None:
            label = _("Samma löfte som %(year)s: ”%(text)s”")
            self.fields[f"p{at}_recurs"] = forms.MultipleChoiceField(
                label=_("Återkommer löfte %(number)s?") % {"number": number},
                choices=[
                    (str(earlier.id), label % {"year": earlier.pledge.year, "text": earlier.text})
                ],
                required=False,
                widget=forms.CheckboxSelectMultiple,
            )
        self.fields[f"p{at}_drop"] = forms.BooleanField(
            label=_("Ta bort löfte %(number)s") % {"number": number}, required=False
        )

    def _activity_fields(self, at: int) -> None:
        number = at + 1
        whole = ("", _("Hela medborgarlöftet"))
        places = [
            (str(n), _("Löfte %(number)s") % {"number": n + 1}) for n in range(self.promise_count)
        ]
        self.fields[f"a{at}_text"] = _text(_("Aktivitet %(number)s") % {"number": number})
        self.fields[f"a{at}_promise"] = forms.ChoiceField(
            label=_("Vad hör aktivitet %(number)s till?") % {"number": number},
            choices=[whole, *places],
            required=False,
        )

    def _earlier(self, at: int, given: Mapping[str, Any]) -> Promise | None:
        """What this promise is said to repeat, else what the likeness of the texts suggests."""
        values = (
            given.getlist(f"p{at}_recurs")
            if isinstance(given, QueryDict)
            else given.get(f"p{at}_recurs")
        )
        for value in values or []:
            try:
                said = UUID(value)
            except ValueError:
                continue
            found = promise_of(said, municipality_id=self.municipality_id)
            if found is not None:
                return found
        return self.suggested.get(str(at))

    @property
    def promise_rows(self) -> list[dict[str, Any]]:
        """One row of bound fields per promise, for the template."""
        names = ("id", "promiser", "text", "recurs", "drop")
        return [
            {name: self[f"p{at}_{name}"] for name in names if f"p{at}_{name}" in self.fields}
            for at in range(self.promise_count)
        ]

    @property
    def activity_rows(self) -> list[dict[str, Any]]:
        return [
            {"text": self[f"a{at}_text"], "promise": self[f"a{at}_promise"]}
            for at in range(self.activity_count)
        ]

    @property
    def unplaced_rows(self) -> list[Any]:
        return [self[f"u{at}_as"] for at in range(len(self.unplaced_lines[:MOST_ROWS]))]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        for name in list(cleaned):
            value = cleaned[name]
            if isinstance(value, str) and name != "unplaced" and has_identity_number(value):
                self.add_error(name, str(NUMBER))
        for at in range(self.promise_count):
            if cleaned.get(f"p{at}_drop"):
                # What is taken away needs no text.
                self.errors.pop(f"p{at}_text", None)
        if not self.errors and not self._promises():
            raise forms.ValidationError(_("Ett medborgarlöfte måste ha minst ett löfte."))
        return cleaned

    def _promises(self) -> list[tuple[int | None, PromiseContent]]:
        """Each kept promise with the place it had in the form."""
        given = self.cleaned_data
        rows: list[tuple[int | None, PromiseContent]] = []
        for at in range(self.promise_count):
            if given.get(f"p{at}_drop"):
                continue
            recurs = given.get(f"p{at}_recurs") or []
            stored = given.get(f"p{at}_id")
            rows.append((at, PromiseContent(
                promiser=Promiser(given[f"p{at}_promiser"]),
                text=" ".join(given[f"p{at}_text"].split()),
                recurs_from=UUID(recurs[0]) if recurs else None,
                id=stored if stored in self.stored else None,
            )))  # fmt: skip
        for at, line in enumerate(self.unplaced_lines[:MOST_ROWS]):
            if (promiser := given[f"u{at}_as"]) != NO_PROMISE:
                rows.append((None, PromiseContent(promiser=Promiser(promiser), text=line.strip())))
        if text := " ".join(str(given.get("new_text") or "").split()):
            promiser = Promiser(given.get("new_promiser") or Promiser.TOGETHER)
            rows.append((None, PromiseContent(promiser=promiser, text=text)))
        return rows

    def content(self) -> PledgeContent:
        """What is to be stored; only of a valid form."""
        given, rows = self.cleaned_data, self._promises()
        place = {at: index for index, (at, _promise) in enumerate(rows) if at is not None}
        lines = range(len(self.unplaced_lines[:MOST_ROWS]))
        made = {at for at in lines if given.get(f"u{at}_as") != NO_PROMISE}
        activities = []
        for at in range(self.activity_count):
            text, of = given[f"a{at}_text"].strip(), given.get(f"a{at}_promise")
            if text:
                activities.append(
                    ActivityContent(text=text, promise=place.get(int(of)) if of else None)
                )
        return PledgeContent(
            year=given["year"],
            title=given["title"],
            parties=_lines(given["parties"]),
            promises=[promise for _at, promise in rows],
            focus_areas=_lines(given["focus_areas"]),
            unplaced=[line for at, line in enumerate(self.unplaced_lines) if at not in made],
            activities=activities,
        )


def _text(label: str, *, required: bool = False, missing: str = "") -> forms.CharField:
    return forms.CharField(
        label=label,
        required=required,
        error_messages={"required": missing} if missing else None,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


def _lines(text: str) -> list[str]:
    return [line.strip()[:200] for line in text.splitlines() if line.strip()]


def _count(value: Any, *, most: int = MOST_ROWS) -> int:
    try:
        return max(0, min(int(value), most))
    except (TypeError, ValueError):
        return 0
