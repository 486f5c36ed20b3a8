"""Free text in joint work: numbers of persons are stopped, what looks like a name must be confirmed (S19)."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from access.models import Municipality, Unit
from safety.rules.person_words import has_identity_number, possible_names, words_of

NUMBER = gettext_lazy(
    "Här står något som liknar ett personnummer eller samordningsnummer. Ta bort det: här får ingen enskild"
    " person pekas ut."
)
CONFIRM = "not_persons"
INVALID_DAY = gettext_lazy("Skriv dagen som år-månad-dag, till exempel 2027-03-31.")


class DayInput(forms.DateInput):
    """A date as ÅÅÅÅ-MM-DD, whatever the browser makes of it."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


def known_words(municipality: Municipality) -> frozenset[str]:
    """The words of the municipality's own agencies and units: they are no person's name."""
    units = Unit.objects.filter(agency__municipality=municipality).select_related("agency")
    names = [name for unit in units for name in (unit.name, unit.agency.name)]
    return words_of(municipality.name, *names)


def set_choices(form: forms.Form, name: str, choices: Any) -> None:
    """The choices of one form's field, known only when the form is made."""
    field = form.fields[name]
    if not isinstance(field, forms.ChoiceField):
        raise TypeError(name)
    field.choices = choices


class FreeTextForm(forms.Form):
    """A form whose fields named in `free_texts` may not point out a person."""

    free_texts: ClassVar[tuple[str, ...]] = ()

    def __init__(self, *args: Any, known: Collection[str] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.known = known

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        ticked = self._ticked()
        found: dict[str, list[str]] = {}
        for name in self.free_texts:
            text = str(cleaned.get(name) or "")
            if has_identity_number(text):
                self.add_error(name, str(NUMBER))
            elif names := possible_names(text, known=self.known):
                found[name] = list(names)
        self._ask(found, ticked)
        return cleaned

    def _ticked(self) -> set[str]:
        key = self.add_prefix(CONFIRM)
        values = self.data.getlist(key) if hasattr(self.data, "getlist") else self.data.get(key, [])
        return set(values or [])

    def _ask(self, found: dict[str, list[str]], ticked: set[str]) -> None:
        every = list(dict.fromkeys(name for names in found.values() for name in names))
        if not every:
            return
        self.fields[CONFIRM] = forms.MultipleChoiceField(
            label=_("Det här är inte namn på personer"),
            help_text=_("Kryssa bara för namn på platser, föreningar, projekt och liknande."),
            required=False,
            choices=[(name, name) for name in every],
            widget=forms.CheckboxSelectMultiple,
        )
        for field, names in found.items():
            asked = [f"”{name}”" for name in names if name not in ticked]
            if asked:
                self.add_error(
                    field,
                    _(
                        "Är det här namnet på en person? %(names)s. Skriv i så fall om texten."
                        " Annars kryssar du längst ner för att det inte är en person."
                    )
                    % {"names": ", ".join(asked)},
                )
