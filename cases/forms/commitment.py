"""What somebody has promised: who, what, until when, and which adult reminds; then another day or another adult."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from access.forms import offer
from access.models import Membership
from cases.forms import follow_up
from cases.forms.choices import needed_at_times
from cases.forms.dates import day_field
from cases.forms.once import OnceForm
from cases.models.commitment import PromisedBy

# Longer than a consent lasts.
LATEST = timedelta(days=365)
YOUNG = PromisedBy.YOUNG.value
GUARDIAN = f"{PromisedBy.GUARDIAN.value}:"
COLLEAGUE = f"{PromisedBy.COLLEAGUE.value}:"


class CommitmentForm(OnceForm):
    promiser = forms.ChoiceField(
        label=_("Vem har lovat?"), error_messages={"required": _("Välj vem som har lovat.")}
    )
    promise = forms.CharField(
        label=_("Vad är lovat?"),
        help_text=_(
            "Så kort och konkret att alla ser när det är gjort. Inget om syskon eller andra."
        ),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("Skriv vad som är lovat.")},
    )
    due_on = day_field(_("Till när?"), help_text=_("Till exempel 2026-12-24."))
    adult = forms.ChoiceField(
        label=_("Vem ska påminna?"),
        help_text=_(
            "Den som den unge eller vårdnadshavaren själv väljer. Behövs inte för en kollega, som blir påmind själv."
        ),
        required=False,
    )

    def __init__(
        self,
        *args: Any,
        guardians: Mapping[UUID, str],
        adults: Sequence[Membership],
        today: date,
        **kwargs: Any,
    ) -> None:
        """`guardians`: id → name, of those in force."""
        super().__init__(*args, **kwargs)
        self.today = today
        people = [(str(one.id), one.user.name) for one in adults]
        family: list[tuple[str, Any]] = [
            (YOUNG, PromisedBy.YOUNG.label),
            *((f"{GUARDIAN}{key}", name) for key, name in guardians.items()),
        ]
        groups = (str(_("Familjen")), str(_("Vi som arbetar i ärendet")))
        staff = [(f"{COLLEAGUE}{key}", name) for key, name in people]
        offer(self, "promiser", [("", _("Välj")), *zip(groups, (family, staff), strict=True)])
        offer(self, "adult", [("", _("Välj vem")), *people])
        needed_at_times(self, "adult")

    def clean_due_on(self) -> date:
        return _ahead(self.cleaned_data["due_on"], self.today)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        promiser = cleaned.get("promiser", "")
        of_family = bool(promiser) and not promiser.startswith(COLLEAGUE)
        if of_family and not cleaned.get("adult") and "adult" not in self.errors:
            self.add_error("adult", _("Välj vem som ska påminna."))
        return cleaned

    def guardian(self) -> UUID | None:
        return self._chosen(GUARDIAN)

    def colleague(self) -> UUID | None:
        return self._chosen(COLLEAGUE)

    def reminder(self) -> UUID:
        """Who is reminded: a colleague of their own promise."""
        return self.colleague() or UUID(self.cleaned_data["adult"])

    def _chosen(self, kind: str) -> UUID | None:
        promiser: str = self.cleaned_data["promiser"]
        return UUID(promiser.removeprefix(kind)) if promiser.startswith(kind) else None


class MoveForm(follow_up.MoveForm):
    def clean_due_on(self) -> date:
        return _ahead(self.cleaned_data["due_on"], self.today)


class AdultForm(forms.Form):
    adult = forms.ChoiceField(
        label=_("Vem ska påminna?"), error_messages={"required": _("Välj vem som ska påminna.")}
    )
    seen_version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, adults: Sequence[Membership], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "adult", [(str(one.id), one.user.name) for one in adults])


def _ahead(day: date, today: date) -> date:
    if day <= today:
        raise forms.ValidationError(_("Välj en dag som kommer efter i dag."))
    if day > today + LATEST:
        raise forms.ValidationError(_("Välj en dag inom ett år."))
    return day
