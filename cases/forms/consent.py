"""Beginning a consent: ticks by unit and kind of information, what must not be shared, and for how long."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.utils.translation import gettext_lazy as _

from access.forms import offer
from access.models import Unit
from cases.forms.dates import day_field
from cases.rules.codes import words
from cases.rules.consent import SignerRule, months_after
from cases.rules.consent_form import languages
from cases.rules.law import in_force
from cases.services.consent_start import Tick

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class UnitRows:
    """One unit's ticks as the page shows them; `open` where something is ticked."""

    unit: Unit
    rows: list[Row]

    @property
    def open(self) -> bool:
        return bool(self.shares or self.receives)

    @property
    def shares(self) -> int:
        """How many kinds are ticked that the unit may tell of."""
        return sum(row["shares"] for row in self.rows)

    @property
    def receives(self) -> int:
        """How many kinds are ticked that the unit may be told of."""
        return sum(row["receives"] for row in self.rows)

    @property
    def name(self) -> str:
        """Unit and agency; one name where they are called the same."""
        return self.unit.with_agency


class ConsentForm(forms.Form):
    share = forms.MultipleChoiceField(required=False, label=_("Får berätta om"))
    receive = forms.MultipleChoiceField(
        label=_("Får ta del av"),
        error_messages={"required": _("Kryssa för minst en sak som någon får ta del av.")},
    )
    not_shared = forms.CharField(
        label=_("Vad får inte delas?"),
        help_text=_("Med familjens egna ord. Gäller även om något annat är ikryssat."),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    valid_to = day_field(_("Gäller till och med"))
    language = forms.ChoiceField(
        label=_("Vilket språk ska blanketten vara på?"),
        error_messages={"required": _("Välj ett språk.")},
    )
    interpreter = forms.CharField(
        label=_("Tolk eller den som läser upp"),
        help_text=_("Namn och språk, om någon tolkar eller läser upp."),
        max_length=200,
        required=False,
    )
    contact = forms.CharField(
        label=_("Hur vill den unge bli kontaktad?"),
        help_text=_("Till exempel: sms efter skolan, eller genom mamma."),
        max_length=200,
        required=False,
    )
    renews = forms.BooleanField(
        label=_("Det här ersätter samtycket som gäller nu"), required=False, initial=True
    )
    form_id = forms.UUIDField(widget=forms.HiddenInput, required=False)

    def __init__(
        self,
        *args: Any,
        units: Sequence[Unit],
        host: UUID,
        rule: SignerRule,
        today: date,
        renewable: bool,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.today, self.rule = today, rule
        self.units = {str(unit.id): unit for unit in units}
        self.offered = {key: _kinds(unit, host, today) for key, unit in self.units.items()}
        for name, place in (("share", 0), ("receive", 1)):
            offered = [
                (f"{key}:{kind}", kind)
                for key, kinds in self.offered.items()
                for kind in sorted(kinds[place])
            ]
            offer(self, name, offered)
        offer(self, "language", [(text.code, text.name) for text in languages()])
        self.initial.setdefault("form_id", uuid4())
        self.fields["valid_to"].help_text = _("Högst %(months)s månader från i dag.") % {
            "months": rule.max_months
        }
        if not renewable:
            del self.fields["renews"]

    @property
    def unit_rows(self) -> list[UnitRows]:
        """The ticks, unit by unit, with what is ticked so far."""
        ticked = {name: set(self[name].value() or []) for name in ("share", "receive")}
        shown = []
        for key, unit in self.units.items():
            share, receive = self.offered[key]
            rows: list[Row] = []
            for kind in (row["code"] for row in in_force("information_kind", self.today)):
                if kind not in share | receive:
                    continue
                value = f"{key}:{kind}"
                rows.append(
                    {
                        "kind": words("information_kind", kind),
                        "value": value,
                        "share": kind in share,
                        "receive": kind in receive,
                        "shares": value in ticked["share"],
                        "receives": value in ticked["receive"],
                    }
                )
            shown.append(UnitRows(unit, rows))
        return shown

    def clean_valid_to(self) -> date:
        day: date = self.cleaned_data["valid_to"]
        if day < self.today:
            raise forms.ValidationError(_("Dagen har redan varit."))
        if day > months_after(self.today, self.rule.max_months):
            raise forms.ValidationError(
                _("Ett samtycke gäller högst %(months)s månader. Välj en tidigare dag."),
                params={"months": self.rule.max_months},
            )
        return day

    def ticks(self) -> list[Tick]:
        """What was ticked, unit by unit."""
        given = {
            name: [value.split(":") for value in self.cleaned_data[name]]
            for name in ("share", "receive")
        }
        return [
            Tick(
                unit=unit,
                may_share=frozenset(kind for of, kind in given["share"] if of == key),
                may_receive=frozenset(kind for of, kind in given["receive"] if of == key),
            )
            for key, unit in self.units.items()
            if any(of == key for of, _kind in (*given["share"], *given["receive"]))
        ]


def _kinds(unit: Unit, host: UUID, today: date) -> tuple[frozenset[str], frozenset[str]]:
    """What a unit may be ticked for telling of, and for being told of (law/information_kind.toml)."""
    rows = in_force("information_kind", today)
    kind, hosts = unit.agency.kind, unit.agency_id == host
    return (
        frozenset(row["code"] for row in rows if hosts or kind in row["held_by"]),
        frozenset(row["code"] for row in rows if kind not in row["not_to"]),
    )


class BirthDateForm(forms.Form):
    born = day_field(_("Den unges födelsedatum"))

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today

    def clean_born(self) -> date:
        day: date = self.cleaned_data["born"]
        if day > self.today or day.year < self.today.year - 130:
            raise forms.ValidationError(_("Kontrollera födelsedatumet."))
        return day
