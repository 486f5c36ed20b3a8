"""When somebody is away and who takes their reminders: noted by oneself, or by the manager for a colleague."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from access.models import Membership
from reminders.rows import long_day
from reminders.services import Overlaps

INVALID_DAY = gettext_lazy("Skriv dagen så här: 2026-12-24.")


def _day(label: Any) -> forms.DateField:
    return forms.DateField(
        label=label,
        help_text=gettext_lazy("Till exempel 2026-12-24."),
        widget=forms.DateInput(attrs={"inputmode": "numeric"}, format="%Y-%m-%d"),
        error_messages={"invalid": INVALID_DAY, "required": INVALID_DAY},
    )


class AbsenceForm(forms.Form):
    from_day = _day(gettext_lazy("Från och med"))
    to_day = _day(gettext_lazy("Till och med"))
    substitute = forms.ChoiceField(
        label=gettext_lazy("Vem tar emot dina påminnelser?"),
        help_text=gettext_lazy(
            "Utan någon särskild går de till enhetens brevlåda eller den som samordnar. Den du väljer kan ändå inte läsa dina ärenden: lägg själv till den som ska kunna det, i varje ärende."
        ),
        required=False,
    )

    def __init__(self, *args: Any, people: list[Membership], today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.people, self.today = people, today
        field = self.fields["substitute"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - told to the type checker
        field.choices = [
            ("", _("Ingen särskild")),
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

    def refused(self, why: Exception) -> None:
        """Says at the field what the service found."""
        if isinstance(why, Overlaps):
            days = {"first": long_day(why.row.from_day), "last": long_day(why.row.to_day)}
            words = _("Redan antecknat: borta %(first)s – %(last)s. Avsluta det först.") % days
            self.add_error("from_day", words)
        else:
            self.add_error(
                "substitute", _("Välj någon annan, som har kvar sin uppgift hela tiden.")
            )

    def chosen(self) -> Membership | None:
        given = self.cleaned_data["substitute"]
        return next((one for one in self.people if given and one.pk == UUID(given)), None)


class ColleagueAbsenceForm(AbsenceForm):
    """The manager's: first who it is."""

    who = forms.ChoiceField(
        label=gettext_lazy("Vem är borta?"),
        error_messages={"required": gettext_lazy("Välj vem som är borta.")},
    )
    field_order = ("who", "from_day", "to_day", "substitute")

    def __init__(self, *args: Any, colleagues: list[Membership], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.colleagues = {str(one.pk): one for one in colleagues}
        field = self.fields["who"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - told to the type checker
        words = [
            (key, f"{one.user.name}, {one.get_role_display()}")
            for key, one in self.colleagues.items()
        ]
        field.choices = [("", _("Välj kollega")), *words]
        substitute = self.fields["substitute"]
        substitute.label = _("Vem tar emot påminnelserna?")
        substitute.help_text = _(
            "Utan någon särskild går de till enhetens brevlåda eller den som samordnar. Ingen får läsa fler ärenden genom det."
        )

    def absent(self) -> Membership:
        return self.colleagues[self.cleaned_data["who"]]
