"""The phases 0–8 of an orossamtal (domain.md §2.3): their order, words and hints. Not an interrogation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


@dataclass(frozen=True, slots=True)
class Note:
    """One sealed text of a phase; `name` is the model's field."""

    name: str
    label: _StrPromise
    hint: _StrPromise
    rows: int = 4


@dataclass(frozen=True, slots=True)
class Phase:
    number: int
    heading: _StrPromise
    notes: tuple[Note, ...]

    @property
    def anchor(self) -> str:
        return f"fas-{self.number}"


PHASES: tuple[Phase, ...] = (
    Phase(0, _("Anledning"), (Note(
        "trigger", _("Varför bjuder ni in?"),
        _("Vad har hänt, när och var, och vem berättade. Gör en orosanmälan om barnet kan fara illa. "
          "Pågår en förundersökning om samma sak? Fråga den som leder den först."),
    ),)),
    Phase(1, _("Förberedelse"), (Note(
        "preparation", _("Hur har ni förberett er?"),
        _("Syftet, vilka som leder samtalet (gärna två), vad ni får ta upp och varifrån ni har det, "
          "kontakten med vårdnadshavarna, tolk och plats."),
    ),)),
    Phase(2, _("Inbjudan"), (Note(
        "invitation", _("Vad stod i inbjudan?"),
        _("Att samtalet är frivilligt ska stå med. Ett nej är bara ett nej och antecknas inte som något annat."),
    ),)),
    Phase(3, _("Inledning"), (Note(
        "opening", _("Vad sa ni när ni började?"),
        _("Vilka ni är, varför ni ses, att det är frivilligt, vad ni skriver upp och vem som får läsa det, "
          "och när ni måste göra en orosanmälan."),
        3,
    ),)),
    Phase(4, _("Kartläggning"), (Note(
        "mapping", _("Hur har den unge det?"),
        _("Familj, skola, kompisar, fritid, på nätet. Vad som skyddar och vad som oroar. "
          "Den unges egna ord och vårdnadshavarnas bild, var för sig. Hälsa och droger bara om det behövs."),
        8,
    ),)),
    Phase(5, _("Konsekvens och motivation"), (Note(
        "consequence", _("Vad talade ni om?"),
        _("Vad ni berättade om lagen och om följder. Vad den unge själv vill ska bli annorlunda."),
        5,
    ),)),
    Phase(6, _("Vägen vidare"), (
        Note("agreed_youth", _("Vad ska den unge göra?"), _("Med den unges egna ord, så att det går att följa upp."), 2),
        Note("agreed_guardians", _("Vad ska vårdnadshavarna göra?"), _("En sak i taget."), 2),
        Note("agreed_agency", _("Vad ska vi göra?"), _("Vem hos er, vad och när."), 2),
        Note("way_forward", _("Vad mer erbjöd ni?"), _("Stöd, samverkan i SSPF med samtycke, en fritidsaktivitet. "
             "Ingen fortsatt oro är också ett svar."), 3),
    )),
    Phase(7, _("Avslut"), (Note(
        "closing", _("Hur slutade samtalet?"),
        _("Vad ni sa om vad som händer nu. Den som berättade om oron får bara veta det som lagen tillåter."),
        3,
    ),)),
    Phase(8, _("Uppföljning"), (Note(
        "follow_up", _("Vad ska ni fråga om nästa gång?"),
        _("Vanligt är efter fyra veckor och sedan efter tre månader."),
        3,
    ),)),
)  # fmt: skip

NOTES: tuple[Note, ...] = tuple(note for phase in PHASES for note in phase.notes)
# Every sealed text of a conversation: the notes, and what stands above them.
TEXTS: tuple[str, ...] = (
    *(note.name for note in NOTES), "place", "attended", "interpreter", "original_number",
)  # fmt: skip
