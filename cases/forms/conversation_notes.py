"""The notes of an orossamtal: every phase on one page, saved as far as they have come or finished."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from access.forms import offer
from cases.forms.choices import needed_at_times
from cases.forms.dates import NO_REASON, day_field, problem_with_next, why_moved
from cases.models import Original
from cases.rules.codes import Choices
from cases.rules.conversation_phases import NOTES
from cases.services.conversation import Notes
from reminders.models.deadline import MoveReason

FOLLOW, CLOSE = "follow", "close"
NEXT = (
    (FOLLOW, _("Ärendet följs upp den dag som står nedan")),
    (CLOSE, _("Ärendet ska avslutas. Jag skriver skälet på nästa sida.")),
)


class NotesForm(forms.Form):
    """`finishing` asks for what a finished conversation must have; saving asks for nothing."""

    seen_version = forms.IntegerField(widget=forms.HiddenInput)
    held_on = day_field(_("Vilken dag hölls samtalet?"), required=False)
    attended = forms.CharField(
        label=_("Vilka var med?"),
        help_text=_(
            "Namn och roll. Är den unge inte myndig ska vårdnadshavarna vara med eller ha sagt ja."
        ),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    place = forms.CharField(label=_("Var?"), max_length=200, required=False)
    interpreter = forms.CharField(
        label=_("Tolk"),
        help_text=_("Språk, på plats eller på telefon."),
        max_length=200,
        required=False,
    )
    outcome = forms.ChoiceField(
        label=_("Hur blev det?"),
        required=False,
        widget=forms.RadioSelect,
    )
    then = forms.ChoiceField(
        label=_("Vad händer sedan?"), choices=NEXT, required=False, widget=forms.RadioSelect
    )
    next_on = day_field(
        _("Nästa datum"),
        help_text=_("Den som ansvarar för uppföljningen blir påmind."),
        required=False,
    )
    why = why_moved(required=False, help_text=_("Bara om datumet är ett annat än det planerade."))
    original = forms.ChoiceField(
        label=_("Var finns originalet?"),
        help_text=_("Finns det i ert eget system kan du ta texten härifrån färdig att klistra in."),
        choices=Original.choices,
        required=False,
        widget=forms.RadioSelect,
    )
    original_number = forms.CharField(
        label=_("Nummer i vårt eget system"),
        max_length=60,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(
        self,
        *args: Any,
        outcomes: Choices,
        today: date,
        moved_from: date | None = None,
        asks_why: bool = False,
        finishing: bool = False,
        **kwargs: Any,
    ) -> None:
        """moved_from: the day planned now, if any. asks_why: the manager is told if it is moved once more."""
        super().__init__(*args, **kwargs)
        self.today, self.finishing = today, finishing
        self.moved_from, self.asks_why = moved_from, asks_why
        if moved_from is not None:
            self.fields["next_on"].help_text = _(
                "Planerat nu: %(day)s. Den som ansvarar för uppföljningen blir påmind."
            ) % {"day": moved_from.isoformat()}
        if not asks_why:
            del self.fields["why"]
        offer(self, "outcome", outcomes)
        for note in NOTES:
            self.fields[note.name] = forms.CharField(
                label=note.label,
                help_text=note.hint,
                max_length=20_000,
                required=False,
                widget=forms.Textarea(attrs={"rows": note.rows}),
            )
        needed_at_times(self, *self.fields)

    def clean_held_on(self) -> date | None:
        day: date | None = self.cleaned_data["held_on"]
        if day and day > self.today:
            raise forms.ValidationError(_("Dagen har inte varit än."))
        return day

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if self.finishing:
            self._must_be_finished(cleaned)
        return cleaned

    def _must_be_finished(self, cleaned: dict[str, Any]) -> None:
        missing = {
            "held_on": _("Skriv vilken dag samtalet hölls."),
            "attended": _("Skriv vilka som var med."),
            "outcome": _("Välj hur det blev. Ingen fortsatt oro är också ett svar."),
            "then": _("Välj vad som händer sedan."),
        }
        for name, message in missing.items():
            if name not in self.errors and not cleaned.get(name):
                self.add_error(name, message)
        if cleaned.get("then") == FOLLOW and "next_on" not in self.errors:
            day = cleaned.get("next_on")
            problem = problem_with_next(day, today=self.today) if day else _("Skriv nästa datum.")
            if problem:
                self.add_error("next_on", problem)
            elif self.asks_why and day != self.moved_from and not cleaned.get("why"):
                self.add_error("why", NO_REASON)
        if cleaned.get("original") == Original.ELSEWHERE and not cleaned.get("original_number"):
            self.add_error("original_number", _("Skriv numret, så att originalet går att hitta."))

    def notes(self, texts: tuple[str, ...]) -> Notes:
        given = self.cleaned_data
        return Notes(
            texts={name: given[name] for name in texts},
            held_on=given["held_on"],
            outcome=given["outcome"],
            original=Original(given["original"] or Original.HERE),
        )

    def why_moved(self) -> MoveReason:
        """Agreed with the family, unless the page has asked."""
        return MoveReason(self.cleaned_data.get("why") or MoveReason.AGREED)

    def next_day(self) -> date | None:
        """None where the case is to be closed."""
        day: date | None = self.cleaned_data["next_on"]
        return day if self.cleaned_data["then"] == FOLLOW else None
