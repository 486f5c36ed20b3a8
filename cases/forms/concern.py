"""The concern form: at most six fields, the first of which decides where it goes."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cases.rules.concern_basis import ConcernBasis, Mode

HARM = (
    ("yes", _("Ja, jag vet eller misstänker det")),
    ("unsure", _("Jag vet inte")),
    ("no", _("Nej")),
)
GUARDIANS = (
    ("know", _("Ja, de vet")),
    ("not_yet", _("Nej, inte än")),
    ("must_not", _("Nej, och de bör inte få veta det av någon annan först")),
    ("consented", _("Ja, och de har sagt ja till att jag berättar vem det gäller")),
)


class ConcernForm(forms.Form):
    harm = forms.ChoiceField(
        label=_("Vet eller misstänker du att barnet far illa?"),
        help_text=_(
            "Till exempel våld, försummelse eller övergrepp hemma. Då ska du göra en orosanmälan genast."
        ),
        choices=HARM,
        widget=forms.RadioSelect,
        error_messages={"required": _("Välj ett svar, så att oron hamnar rätt.")},
    )
    child = forms.CharField(
        label=_("Vem gäller det?"),
        help_text=_("Namn och klass, så som du känner barnet. Inget personnummer behövs."),
        max_length=200,
        error_messages={"required": _("Skriv vem det gäller, så som du känner barnet.")},
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    seen = forms.CharField(
        label=_("Vad har du sett eller hört, och när?"),
        help_text=_("Skriv det du själv vet. Inte vad du tror att det beror på."),
        max_length=4000,
        error_messages={"required": _("Skriv vad du har sett eller hört.")},
        widget=forms.Textarea(attrs={"rows": 6}),
    )
    place = forms.CharField(label=_("Var hände det?"), max_length=300, required=False)
    done = forms.CharField(
        label=_("Vad har ni redan gjort?"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    guardians = forms.ChoiceField(
        label=_("Vet vårdnadshavarna att du hör av dig?"),
        choices=GUARDIANS,
        error_messages={"required": _("Välj ett svar.")},
        widget=forms.RadioSelect,
    )

    def __init__(self, *args: Any, basis: ConcernBasis, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.basis = basis
        self.named = Mode.NAMED in basis.modes
        self._ask_only_what_is_needed()
        if not self.named:
            self.fields["child"].help_text = _(
                "Lämna tomt. Din verksamhet får bara berätta vem det gäller om vårdnadshavaren "
                "(eller den unge) har sagt ja. Skriv inte heller något annat som pekar ut barnet."
            )

    def _ask_only_what_is_needed(self) -> None:
        """A concern that isn't to be sent here (yes, or not sure) needs no answer but the first."""
        if self.is_bound and self.data.get("harm") in {"yes", "unsure"}:
            for name in ("child", "seen", "guardians"):
                self.fields[name].required = False
        if not self.named:
            self.fields["child"].required = False

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        unlawful = cleaned.get("child") and cleaned.get("guardians") != "consented"
        if cleaned.get("harm") == "no" and not self.named and unlawful:
            self.add_error(
                "child",
                _(
                    "Du får bara berätta vem det gäller om vårdnadshavaren har sagt ja till det. "
                    "Ta bort namnet, eller ändra svaret om vårdnadshavarna."
                ),
            )
        return cleaned

    @property
    def mode(self) -> Mode:
        if self.named:
            return Mode.NAMED
        return Mode.WITH_CONSENT if self.cleaned_data.get("child") else Mode.WITHOUT_IDENTITY


class PhoneConcernForm(ConcernForm):
    """Taken down for somebody who calls: who told it takes the place of where it happened."""

    told_by = forms.CharField(
        label=_("Vem har ringt?"),
        help_text=_("Namn, roll och hur du når den som ringde."),
        max_length=200,
        error_messages={"required": _("Skriv vem som har ringt.")},
    )
    field_order = ("told_by", "harm", "child", "seen", "done", "guardians")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["place"]


HOW_REPORTED = (
    ("phone", _("Per telefon")),
    ("e_service", _("I socialtjänstens e-tjänst")),
    ("letter", _("Skriftligt på annat sätt")),
)


class ReportMadeForm(forms.Form):
    made_at = forms.DateTimeField(
        label=_("När gjorde du anmälan?"),
        help_text=_("Till exempel 2026-11-21 10:42."),
        widget=forms.DateTimeInput(attrs={"inputmode": "numeric"}, format="%Y-%m-%d %H:%M"),
        error_messages=dict.fromkeys(
            ("required", "invalid"), _("Skriv datum och tid så här: 2026-11-21 10:42.")
        ),
    )
    how = forms.ChoiceField(
        label=_("Hur?"),
        choices=HOW_REPORTED,
        widget=forms.RadioSelect,
        error_messages={"required": _("Välj ett svar.")},
    )
    received_by = forms.CharField(
        label=_("Vem tog emot den?"),
        help_text=_(
            "Namn eller funktion hos socialtjänsten, om du vet. Skriv inget om barnet här."
        ),
        max_length=200,
        required=False,
    )
