"""The guide Dela: to whom and about what; then, on the chosen legal basis, what is told and why it may be."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from access.models import Membership, Unit
from access.models.membership import in_sentence
from cases.forms.choices import needed_at_times, offer
from cases.forms.dates import day_field
from cases.models import Channel, Told
from cases.rules.legal_basis import Act, Question, Verdict
from cases.rules.without_identity import Trace, tells_who, traces
from cases.services.sharing import Answer, can_be_read_by

YES_NO = (("yes", _("Ja")), ("no", _("Nej")))
TRACES = {
    Trace.NAME: _("Texten innehåller personens namn. Ta bort det."),
    Trace.NUMBER: _("Texten innehåller något som ser ut som ett personnummer eller telefonnummer."),
    Trace.ADDRESS: _("Texten innehåller något som ser ut som en adress."),
}
NOT_WHOLE = _(
    "Texten säger mer än förnamn och födelseår. Kryssa för det här, eller ta bort efternamn och personnummer."
)
NOBODY = _("En situation utan namn")


class WhoForm(forms.Form):
    to_unit = forms.ChoiceField(
        label=_("Vem vill du berätta för?"),
        widget=forms.Select,
        error_messages={"required": _("Välj en mottagare.")},
    )
    kind = forms.ChoiceField(
        label=_("Vad vill du berätta om?"),
        help_text=_(
            "En sorts uppgift i taget. Vill du berätta om två saker gör du det två gånger."
        ),
        widget=forms.RadioSelect,
        error_messages={"required": _("Välj vad det handlar om.")},
    )
    born = day_field(
        _("När är personen född?"),
        required=False,
        help_text=_("Om du vet. Några regler har en åldersgräns."),
    )
    happened_on = day_field(
        _("Har du redan berättat det? Skriv vilken dag."),
        required=False,
        help_text=_("Lämna tomt annars. Då gäller reglerna som de var den dagen."),
    )

    def __init__(
        self,
        *args: Any,
        units: Sequence[Unit],
        kinds: Sequence[tuple[str, str]],
        knows_birth: bool,
        today: date,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.units = {str(unit.id): unit for unit in units}
        self.today = today
        named = [(key, f"{unit.name}, {unit.agency.name}") for key, unit in self.units.items()]
        offer(self, "to_unit", [("", _("Välj mottagare")), *named])
        offer(self, "kind", kinds)
        if knows_birth:
            del self.fields["born"]

    def clean_happened_on(self) -> date | None:
        day: date | None = self.cleaned_data["happened_on"]
        if day is not None and day > self.today:
            raise forms.ValidationError(_("Dagen har inte varit än."))
        return None if day == self.today else day

    def clean_born(self) -> date | None:
        day: date | None = self.cleaned_data["born"]
        if day is not None and day > self.today:
            raise forms.ValidationError(_("Dagen har inte varit än."))
        return day

    @property
    def unit(self) -> Unit:
        return self.units[self.cleaned_data["to_unit"]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What the second step may offer. names: of the person, for the check of a text without identity."""

    people: Sequence[Membership]
    kind: str
    latest: date
    written: bool
    past: bool
    today: date
    names: Sequence[str] = ()


class TellForm(forms.Form):
    readers = forms.MultipleChoiceField(
        label=_("Vilka får veta det?"),
        help_text=_("Bara de personer du kryssar för, så länge de har sin roll på enheten."),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Kryssa för minst en person.")},
    )
    about = forms.CharField(
        label=_("Vem gäller det?"),
        help_text=_("Så som mottagaren behöver veta det: förnamn och födelseår räcker ofta."),
        max_length=200,
        error_messages={"required": _("Skriv vem det gäller.")},
    )
    full_name = forms.BooleanField(
        label=_("Jag har skrivit hela namnet eller personnumret"), required=False
    )
    body = forms.CharField(
        label=_("Vad vill du berätta?"),
        help_text=_("Mottagaren ser exakt den här texten och inget annat."),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 8}),
        error_messages={"required": _("Skriv det du vill berätta.")},
    )
    channel = forms.ChoiceField(
        label=_("Hur berättar du det?"),
        widget=forms.RadioSelect,
        error_messages={"required": _("Välj ett svar.")},
    )
    until = day_field(_("Får läsas till och med"))
    told = forms.ChoiceField(
        label=_("Vet personen att du berättar det?"),
        choices=Told.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Välj ett svar.")},
    )
    told_why = forms.CharField(
        label=_("Varför, eller varför inte?"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": _("Skriv varför.")},
    )
    standing = forms.BooleanField(
        label=_("Dela igen varje gång jag ändrar texten (löpande delning)"),
        help_text=_("Bara där kommunen har beslutat om det, och så länge samtycket gäller."),
        required=False,
    )

    def __init__(self, *args: Any, verdict: Verdict, limits: Limits, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.verdict, self.limits = verdict, limits
        self.known = {str(member.id): member for member in limits.people}
        offer(self, "readers", [
            (key, f"{m.user.name}, {in_sentence(m.get_role_display())}")
            for key, m in self.known.items()
        ])  # fmt: skip
        offer(self, "channel", [(one.value, one.label) for one in self._channels()])
        self.fields["until"].help_text = _("Senast %(day)s.") % {"day": limits.latest.isoformat()}
        self.initial.setdefault("until", limits.latest)
        self.initial.setdefault("channel", self._channels()[0].value)
        if not verdict.basis.needs_consent:
            del self.fields["standing"]
        if verdict.basis.act is Act.CONSULT:
            for name in ("about", "full_name", "told", "told_why"):
                del self.fields[name]
        for question in verdict.questions:
            self._ask(question)

    def _channels(self) -> list[Channel]:
        """By mouth first where the receiver has no secrecy of its own; a past day was never here."""
        spoken = [Channel.ORAL] if self.verdict.basis.oral else []
        if self.limits.past:
            return [*spoken, Channel.LETTER]
        there = [Channel.IN_SYSTEM]
        return [*there, *spoken] if self.limits.written else [*spoken, *there]

    def _ask(self, question: Question) -> None:
        name = f"q_{question.code}"
        if question.expects == "either":
            self.fields[f"{name}_note"] = _note(question.text)
            return
        self.fields[name] = forms.ChoiceField(
            label=question.text,
            choices=YES_NO,
            widget=forms.RadioSelect,
            error_messages={"required": _("Välj ett svar.")},
        )
        self.fields[f"{name}_note"] = _note(_("Hur vet du det?"))
        needed_at_times(self, f"{name}_note")

    def clean_until(self) -> date:
        until: date = self.cleaned_data["until"]
        if until > self.limits.latest:
            raise forms.ValidationError(
                _("Senast %(day)s. Välj den dagen eller en tidigare.")
                % {"day": self.limits.latest.isoformat()}
            )
        if until < self.limits.today:
            raise forms.ValidationError(_("Dagen har redan varit."))
        return until

    def clean_body(self) -> str:
        body: str = self.cleaned_data["body"]
        if self.verdict.basis.act is Act.CONSULT:
            found = traces(body, names=self.limits.names, on=self.limits.today)
            if found:
                raise forms.ValidationError([TRACES[one] for one in found])
        return body

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for question in self.verdict.questions:
            answer = cleaned.get(f"q_{question.code}")
            if answer and not question.allows(answer):
                self.add_error(f"q_{question.code}", question.refused)
        if not cleaned.get("full_name") and "full_name" in self.fields:
            text = f"{cleaned.get('about', '')}\n{cleaned.get('body', '')}"
            if tells_who(text, names=self.limits.names):
                self.add_error("full_name", NOT_WHOLE)
        if cleaned.get("channel") == Channel.IN_SYSTEM:
            for who in self._unable(cleaned):
                self.add_error("channel", _(
                    "%(name)s får inte läsa det här i systemet. Berätta muntligt, eller skriv bara "
                    "förnamn och födelseår."
                ) % {"name": who.user.name})  # fmt: skip
        return cleaned

    def _unable(self, cleaned: dict[str, Any]) -> Iterator[Membership]:
        for key in cleaned.get("readers", ()):
            if not can_be_read_by(
                self.known[key].role,
                kind=self.limits.kind,
                full_name=bool(cleaned.get("full_name")),
                basis=self.verdict.code,
            ):
                yield self.known[key]

    @property
    def whom(self) -> str:
        return str(self.cleaned_data.get("about") or NOBODY)

    @property
    def chosen(self) -> list[Membership]:
        return [self.known[key] for key in self.cleaned_data["readers"]]

    @property
    def answers(self) -> dict[str, Answer]:
        return {
            question.code: Answer(
                answer=self.cleaned_data.get(f"q_{question.code}", "either"),
                note=self.cleaned_data[f"q_{question.code}_note"],
            )
            for question in self.verdict.questions
        }

    @property
    def blocked_by(self) -> list[Question]:
        """The questions whose answer means that this basis may not be used."""
        return [
            q
            for q in self.verdict.questions
            if f"q_{q.code}" in self.errors and self.data.get(f"q_{q.code}")
        ]


def _note(label: Any) -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=1500,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("Skriv svaret med egna ord.")},
    )
