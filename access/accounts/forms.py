"""What an administrator fills in about roles, units and the municipality. Dates are bounded by the dated rules."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from access.accounts import rules
from access.accounts.directory import Contacts, UnitFacts
from access.accounts.services import Asked
from access.forms import offer
from access.models import Agency, Role, Unit

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


def day_field(label: _StrPromise) -> forms.DateField:
    """A day, written as in the rest of the product."""
    return forms.DateField(
        label=label,
        help_text=_("Till exempel 2026-11-21."),
        widget=forms.DateInput(attrs={"inputmode": "numeric"}, format="%Y-%m-%d"),
        error_messages={
            "invalid": _("Skriv datumet så här: 2026-11-21."),
            "required": _("Skriv datumet så här: 2026-11-21."),
        },
    )


# RFC 5321, 4.5.3.1.3, and what the database holds. Django would let a form take 320.
LONGEST_ADDRESS = 254


class ProposalForm(forms.Form):
    """A role for somebody in one of the municipality's units."""

    email = forms.EmailField(
        label=_("Arbetsadress"),
        max_length=LONGEST_ADDRESS,
        help_text=_(
            "Personens egen e-post i tjänsten. Dit går inbjudan när någon annan har bekräftat."
        ),
        widget=forms.EmailInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        error_messages={
            "required": _("Skriv arbetsadressen."),
            "invalid": _("En adress ser ut så här: fornamn.efternamn@kommunen.example."),
        },
    )
    name = forms.CharField(
        label=_("Namn"),
        help_text=_(
            "Som kollegerna känner personen. Har personen redan ett konto står namnet kvar där."
        ),
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": _("Skriv namnet.")},
    )
    role = forms.ChoiceField(label=_("Roll"), error_messages={"required": _("Välj en roll.")})
    unit = forms.ChoiceField(label=_("Enhet"), error_messages={"required": _("Välj en enhet.")})
    starts_on = day_field(_("Från och med"))
    ends_on = day_field(_("Till och med"))

    def __init__(self, *args: Any, units: Iterable[Unit], today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        self.units = {str(unit.id): unit for unit in units}
        roles = [(role.value, role.label) for role in rules.offered_roles(today)]
        offer(self, "role", [("", _("Välj en roll")), *roles])
        places = [(key, one.with_agency) for key, one in self.units.items()]
        offer(self, "unit", [("", _("Välj en enhet")), *places])
        self.fields["starts_on"].initial = today
        self.fields["ends_on"].initial = rules.latest_day(today)

    def clean_starts_on(self) -> date:
        day: date = self.cleaned_data["starts_on"]
        if day < self.today:
            raise forms.ValidationError(_("En behörighet kan inte börja tidigare än i dag."))
        return day

    def clean_ends_on(self) -> date:
        day: date = self.cleaned_data["ends_on"]
        return _not_too_late(day, self.today)

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        starts_on, ends_on = given.get("starts_on"), given.get("ends_on")
        if starts_on and ends_on and ends_on < starts_on:
            self.add_error("ends_on", _("Sista dagen kan inte vara före den första."))
        unit = self.units.get(given.get("unit", ""))
        if unit and given.get("role") and not _belongs(given["role"], unit, self.today):
            self.add_error(
                "role",
                _("Rollen finns inte i en sådan verksamhet. Välj en annan roll eller enhet."),
            )
        return given

    def asked(self) -> Asked:
        given = self.cleaned_data
        return Asked(
            email=given["email"],
            name=given["name"],
            unit=self.units[given["unit"]],
            role=Role(given["role"]),
            starts_on=given["starts_on"],
            ends_on=given["ends_on"],
        )


class AttestForm(forms.Form):
    """The yearly word that a role is still needed."""

    ends_on = day_field(_("Behövs till och med"))
    sure = forms.BooleanField(
        label=_("Jag intygar att personen behöver behörigheten i sitt arbete"),
        error_messages={"required": _("Kryssa i rutan, eller låt behörigheten ta slut.")},
    )

    def __init__(self, *args: Any, seen: date, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.seen = seen
        self.today = today
        self.fields["ends_on"].initial = rules.latest_day(today)

    def clean_ends_on(self) -> date:
        day: date = self.cleaned_data["ends_on"]
        if day < self.seen:
            raise forms.ValidationError(
                _(
                    "Behörigheten gäller redan längre. Ska den ta slut tidigare, ändra sista dagen i stället."
                )
            )
        return _not_too_late(day, self.today)


class LastDayForm(forms.Form):
    """An earlier last day than the one the role has."""

    last_day = day_field(_("Ny sista dag"))

    def __init__(self, *args: Any, starts_on: date, seen: date, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.first, self.seen = max(today, starts_on), seen

    def clean_last_day(self) -> date:
        day: date = self.cleaned_data["last_day"]
        if day > self.seen:
            raise forms.ValidationError(
                _("Så länge gäller den inte. Intyga att den behövs om den ska gälla längre.")
            )
        if day < self.first:
            raise forms.ValidationError(
                _("Dagen har redan varit. Avsluta behörigheten nu i stället.")
            )
        return day


class UnitForm(forms.Form):
    """A unit's name, mailbox and whether it is the intake."""

    name = forms.CharField(
        label=_("Enhetens namn"),
        max_length=120,
        error_messages={"required": _("Skriv enhetens namn.")},
    )
    mailbox = forms.EmailField(
        label=_("Funktionsbrevlåda"),
        max_length=LONGEST_ADDRESS,
        help_text=_("Gemensam för enheten, aldrig en persons adress. Får vara tom."),
        required=False,
        error_messages={"invalid": _("En adress ser ut så här: enheten@kommunen.example.")},
    )
    receives_reports = forms.BooleanField(
        label=_("Enheten tar emot orosanmälningar"),
        help_text=_("Mottagningen i socialtjänsten (19 kap. 1 § SoL)."),
        required=False,
    )

    def __init__(self, *args: Any, agency: Agency, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if agency.kind != "social_services":
            del self.fields["receives_reports"]

    def facts(self) -> UnitFacts:
        given = self.cleaned_data
        return UnitFacts(
            name=given["name"],
            mailbox=given["mailbox"],
            receives_reports=given.get("receives_reports", False),
        )


class ContactsForm(forms.Form):
    """Telephone numbers for reports of concern, and the data protection officer."""

    intake_phone = forms.CharField(
        label=_("Mottagningens telefon"),
        max_length=40,
        widget=forms.TextInput(attrs={"inputmode": "tel"}),
        error_messages={"required": _("Skriv ett telefonnummer.")},
    )
    after_hours_phone = forms.CharField(
        label=_("Jourens telefon"),
        help_text=_("Kvällar, nätter och helger."),
        max_length=40,
        widget=forms.TextInput(attrs={"inputmode": "tel"}),
        error_messages={"required": _("Skriv ett telefonnummer.")},
    )

    data_protection_officer = forms.CharField(
        label=_("Så når man dataskyddsombudet"),
        help_text=_(
            "En funktionsadress eller ett telefonnummer. Är det tomt skrivs det för hand på blanketten."
        ),
        max_length=160,
        required=False,
    )

    def contacts(self) -> Contacts:
        return Contacts(**self.cleaned_data)


def _not_too_late(day: date, today: date) -> date:
    latest = rules.latest_day(today)
    if day > latest:
        raise forms.ValidationError(
            _("Högst ett år i taget: till och med %(day)s."), params={"day": latest.isoformat()}
        )
    return day


def _belongs(role: str, unit: Unit, today: date) -> bool:
    return rules.belongs(role, kind=unit.agency.kind, host=unit.agency.hosts_sspf, on=today)
