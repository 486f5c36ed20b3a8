"""Planning, changing, calling off and writing down a network meeting."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from access.forms import offer
from access.models import Membership
from cases.forms.choices import needed_at_times
from cases.forms.dates import NO_REASON, why_moved
from cases.models import Invitee
from cases.rules.codes import Choices
from cases.services.meeting_guests import place_of
from reminders.models.deadline import MoveReason
from reminders.working_days import local_date

INVALID_TIME = _("Skriv datum och tid så här: 2026-12-03 15:00.")
# A meeting lies ahead, and not so far that nobody remembers it.
LATEST = timedelta(days=365)


class MeetingForm(forms.Form):
    planned_for = forms.DateTimeField(
        label=_("När?"),
        help_text=_("Till exempel 2026-12-03 15:00."),
        widget=forms.DateTimeInput(attrs={"inputmode": "numeric"}, format="%Y-%m-%d %H:%M"),
        error_messages={"invalid": INVALID_TIME, "required": INVALID_TIME},
    )
    place = forms.CharField(
        label=_("Var?"),
        max_length=200,
        error_messages={"required": _("Skriv var ni ses, eller hur ni ringer upp.")},
    )
    about = forms.CharField(
        label=_("Vad handlar mötet om?"),
        help_text=_("Det här läser de som kallas. Skriv bara det samtycket omfattar."),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": _("Skriv vad mötet handlar om.")},
    )
    invited = forms.MultipleChoiceField(
        label=_("Vilka kallas?"),
        help_text=_("Bara de som samtycket omfattar den dagen kan kallas."),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Kryssa för minst en.")},
    )
    family = forms.CharField(
        label=_("Vilka kommer från familjen och nätverket?"),
        help_text=_("Den unge, vårdnadshavare och andra. Bara ni i ärendet läser det."),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    why = why_moved(required=False, help_text=_("Bara om mötet byter dag."))
    row_id = forms.UUIDField(widget=forms.HiddenInput, required=False)
    seen_version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(
        self,
        *args: Any,
        own: Sequence[Membership],
        others: Sequence[Membership],
        uncovered: Mapping[str, str],
        now: datetime,
        moved_from: date | None = None,
        **kwargs: Any,
    ) -> None:
        """`uncovered`: id of somebody whom no consent covers → their name. `moved_from`: the day of a meeting that is changed."""
        super().__init__(*args, **kwargs)
        self.now, self.moved_from = now, moved_from
        needed_at_times(self, "why")
        if moved_from is None:
            del self.fields["why"]
        self.uncovered = uncovered
        self.known = {str(one.id): one for one in (*own, *others)}
        groups: dict[str, list[tuple[str, str]]] = {}
        for key, one in self.known.items():
            words = f"{one.user.name}, {one.get_role_display()}"
            groups.setdefault(place_of(one), []).append((key, words))
        offer(self, "invited", list(groups.items()))
        self.initial.setdefault("row_id", uuid4())

    def clean_planned_for(self) -> datetime:
        at: datetime = self.cleaned_data["planned_for"]
        if at <= self.now:
            raise forms.ValidationError(_("Välj en tid som inte har varit än."))
        if at > self.now + LATEST:
            raise forms.ValidationError(_("Välj en tid inom ett år."))
        return at

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if self.moves() and not cleaned.get("why") and "why" not in self.errors:
            self.add_error("why", NO_REASON)
        outside = [self.uncovered[key] for key in self.data_list() if key in self.uncovered]
        if outside:
            self.errors.pop("invited", None)
            self.add_error("invited", not_covered(outside))
        return cleaned

    def moves(self) -> bool:
        """Whether the meeting comes on another day than it had."""
        at: datetime | None = self.cleaned_data.get("planned_for")
        return bool(at and self.moved_from and local_date(at) != self.moved_from)

    def data_list(self) -> list[str]:
        field, name = self.fields["invited"], self.add_prefix("invited")
        return [str(key) for key in field.widget.value_from_datadict(self.data, self.files, name)]

    def chosen(self) -> list[Membership]:
        return [self.known[key] for key in self.cleaned_data["invited"]]

    def why_moved(self) -> MoveReason | None:
        return MoveReason(self.cleaned_data["why"]) if self.moves() else None

    def row(self) -> UUID:
        """The id that the page drew for the new row: sent twice, it is still one meeting."""
        given: UUID | None = self.cleaned_data["row_id"]
        return given or uuid4()


def not_covered(names: Sequence[str]) -> str:
    return gettext(
        "Omfattas inte av samtycket: %(names)s. Kalla någon annan, eller be om ett nytt samtycke."
    ) % {"names": ", ".join(names)}


class CancelForm(forms.Form):
    because = forms.ChoiceField(
        label=_("Varför ställs mötet in?"),
        widget=forms.RadioSelect,
        error_messages={"required": _("Välj varför.")},
    )
    seen_version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, reasons: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "because", reasons)


class MinutesForm(forms.Form):
    came = forms.MultipleChoiceField(
        label=_("Vilka kom?"), required=False, widget=forms.CheckboxSelectMultiple
    )
    minutes = forms.CharField(
        label=_("Vad kom ni fram till?"),
        help_text=_(
            "Vem gör vad till när, och vad den unge själv sa. Syskon har egna möten och egna anteckningar."
        ),
        max_length=12000,
        widget=forms.Textarea(attrs={"rows": 10}),
        error_messages={"required": _("Skriv vad ni kom fram till.")},
    )
    seen_version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, invitees: Sequence[Invitee], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if invitees:
            offer(self, "came", [(str(i.id), f"{i.staff_name}, {i.unit_name}") for i in invitees])
        else:
            del self.fields["came"]

    def present(self) -> set[UUID]:
        return {UUID(key) for key in self.cleaned_data.get("came", [])}
