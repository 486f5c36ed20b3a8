"""The guide Dela, then: on the chosen legal basis, why it may be told, and what."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from access.forms import offer
from access.models import Membership
from access.models.membership import in_sentence
from cases.forms.choices import needed_at_times
from cases.forms.dates import day_field
from cases.forms.share_limits import Limits, body_of
from cases.models import Channel, Told
from cases.rules.legal_basis import Act, Question, Verdict
from cases.rules.without_identity import Trace, tells_who, traces
from cases.services.sharing import Answer, can_be_read_by

# The basis whose letter says what may not be told on.
RESERVATION = "FORBEHALL"
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


class TellForm(forms.Form):
    """On one basis: its questions first, then a text for each kind of information it covers."""

    readers = forms.MultipleChoiceField(
        label=_("Vilka får veta det?"),
        help_text=_("Bara de personer du kryssar för, så länge de har sin roll på enheten."),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Kryssa för minst en person.")},
    )
    receiver_name = forms.CharField(
        label=_("Vem tar emot det? Namn och befattning"),
        max_length=120,
        error_messages={"required": _("Skriv vem som tar emot det.")},
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
        self.bodies = {body_of(kind, limits.kinds): kind for kind in limits.kinds}
        for question in verdict.questions:
            self._ask(question)
        self.asked_names = [name for name in self.fields if name.startswith("q_")]
        self._tell()
        self._receive()
        offer(self, "channel", [(one.value, label) for one, label in self._channels().items()])
        self._time()
        self.initial.setdefault("channel", next(iter(self._channels())).value)
        self._reason()
        if not verdict.basis.needs_consent:
            del self.fields["standing"]
        if verdict.basis.act is Act.CONSULT:
            for name in ("about", "full_name", "told", "told_why"):
                del self.fields[name]
        self.order_fields(
            [*self.asked_names, "readers", "receiver_name", "about", *self.bodies, "full_name"]
        )

    def _tell(self) -> None:
        many = len(self.bodies) > 1
        for name, kind in self.bodies.items():
            self.fields[name] = forms.CharField(
                label=_("Vad vill du berätta om: %(kind)s?")
                % {"kind": self.limits.kinds[kind].lower()}
                if many
                else _("Vad vill du berätta?"),
                help_text=_("Mottagaren ser exakt den här texten och inget annat."),
                max_length=4000,
                widget=forms.Textarea(attrs={"rows": 5 if many else 8}),
                error_messages={"required": _("Skriv det du vill berätta.")},
            )

    def _reason(self) -> None:
        """Who has consented knows; without a consent, telling the person or not is a reasoned choice both ways."""
        why = self.fields["told_why"]
        if not self.verdict.basis.needs_consent:
            why.help_text = _(
                "Det delas utan samtycke. Skriv därför varför, också om du svarar ja."
            )
            return
        why.required = False
        why.help_text = _("Behövs inte om personen vet om det.")
        needed_at_times(self, "told_why")

    def _time(self) -> None:
        """How long it can be read; of what is never here there is nothing to read."""
        if self.limits.there is not None:
            del self.fields["until"]
            return
        latest = self.limits.latest
        self.fields["until"].help_text = _("Senast %(day)s.") % {"day": latest.isoformat()}
        self.initial.setdefault("until", latest)

    def _receive(self) -> None:
        """People of a unit are ticked; of a receiver who has no unit here, who it is is written."""
        there = self.limits.there
        if there is None:
            del self.fields["receiver_name"]
            offer(self, "readers", [
                (key, f"{m.user.name}, {in_sentence(m.get_role_display())}")
                for key, m in self.known.items()
            ])  # fmt: skip
            return
        del self.fields["readers"]
        if not there.asks_name:
            field = self.fields["receiver_name"]
            field.label = _("Vem är det, och i vilken roll?")
            field.help_text = _("Namnet sparas förseglat och står inte i registret.")

    def _channels(self) -> dict[Channel, Any]:
        """By mouth first where the receiver has no secrecy of its own; a past day, or one outside, was never here."""
        spoken = {Channel.ORAL: Channel.ORAL.label} if self.verdict.basis.oral else {}
        reserved = self.verdict.code == RESERVATION
        letter = {Channel.LETTER: Channel.LETTER.label if reserved else _("Brev")}
        if self.limits.there is not None:
            return letter | spoken
        if self.limits.past:
            return spoken | letter
        system = {Channel.IN_SYSTEM: Channel.IN_SYSTEM.label}
        return system | spoken if self.limits.written else spoken | system

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

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for question in self.verdict.questions:
            answer = cleaned.get(f"q_{question.code}")
            if answer and not question.allows(answer):
                self.add_error(f"q_{question.code}", question.refused)
        untold = cleaned.get("told") in {Told.LATER, Told.NOT_TOLD}
        if untold and not cleaned.get("told_why") and "told_why" not in self.errors:
            self.add_error("told_why", self.fields["told_why"].error_messages["required"])
        if self.verdict.basis.act is Act.CONSULT:
            self._points_nobody_out(cleaned)
        elif not cleaned.get("full_name"):
            texts = [cleaned.get(name, "") for name in ("about", *self.bodies)]
            if tells_who("\n".join(texts), names=self.limits.names):
                self.add_error("full_name", NOT_WHOLE)
        if cleaned.get("channel") == Channel.IN_SYSTEM:
            for who in self._unable(cleaned):
                self.add_error("channel", _(
                    "%(name)s får inte läsa det här i systemet. Berätta muntligt, eller skriv bara "
                    "förnamn och födelseår."
                ) % {"name": who.user.name})  # fmt: skip
        return cleaned

    def _points_nobody_out(self, cleaned: dict[str, Any]) -> None:
        for name in self.bodies:
            text = cleaned.get(name, "")
            for one in traces(text, names=self.limits.names, on=self.limits.today):
                self.add_error(name, TRACES[one])

    def _unable(self, cleaned: dict[str, Any]) -> Iterator[Membership]:
        """Who may not read one of the kinds."""
        for key in cleaned.get("readers", ()):
            if not all(
                can_be_read_by(
                    self.known[key].role,
                    kind=kind,
                    full_name=bool(cleaned.get("full_name")),
                    basis=self.verdict.code,
                )
                for kind in self.limits.kinds
            ):
                yield self.known[key]

    @property
    def asked(self) -> list[forms.BoundField]:
        """The questions of the basis, each with how one knows it."""
        return [self[name] for name in self.asked_names]

    @property
    def telling(self) -> list[forms.BoundField]:
        return [self[name] for name in self.fields if name not in self.asked_names]

    @property
    def texts(self) -> dict[str, str]:
        """What is told of each kind of information."""
        return {kind: self.cleaned_data[name] for name, kind in self.bodies.items()}

    @property
    def previews(self) -> list[dict[str, str]]:
        return [
            {"kind": self.limits.kinds[kind], "body": text} for kind, text in self.texts.items()
        ]

    @property
    def whom(self) -> str:
        return str(self.cleaned_data.get("about") or NOBODY)

    @property
    def chosen(self) -> list[Membership]:
        return [self.known[key] for key in self.cleaned_data.get("readers", ())]

    @property
    def last_day(self) -> date:
        day: date = self.cleaned_data.get("until", self.limits.latest)
        return day

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
