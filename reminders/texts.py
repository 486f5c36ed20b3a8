"""What the timers are called and say, in Swedish; the keys are those of `rules.toml`. No text names a person."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext


@dataclass(frozen=True, slots=True)
class KindText:
    """`task` is the thing to do, `verb` the one button that leads to it, `noun` what comes ahead.

    manager_acts: the unit's manager may do it too, and is led there when it is late.
    """

    task: _StrPromise
    verb: _StrPromise
    noun: _StrPromise
    manager_acts: bool = False


KINDS: Mapping[str, KindText] = {
    "concern_unanswered": KindText(
        _("Ta ställning till en orossignal"), _("Läs och ta ställning"), _("svar på en orossignal")
    ),
    "follow_up_due": KindText(_("Följ upp ärendet"), _("Följ upp"), _("uppföljning")),
    "consent_expires": KindText(
        _("Samtycket går ut: förnya eller avsluta"), _("Se samtycket"), _("ett samtycke som går ut")
    ),
    "meeting_near": KindText(
        _("Gå till mötet, eller skriv vad ni kom fram till"),
        _("Öppna mötet"),
        _("ett nätverksmöte"),
    ),
    "meeting_wanted": KindText(
        _("Kalla till ett nätverksmöte"), _("Öppna ärendet"), _("ett nätverksmöte att kalla till")
    ),
    "own_commitment": KindText(
        _("Påminn den som har bett dig om det om ett åtagande"),
        _("Öppna åtagandet"),
        _("ett åtagande att påminna om"),
    ),
    "commitment_due": KindText(
        _("Gör klart ett åtagande"), _("Öppna åtagandet"), _("ett åtagande")
    ),
    "consent_awaited": KindText(
        _("Ett samtycke väntar på underskrift"), _("Se vad som saknas"), _("ett svar på samtycke")
    ),
    "consent_exception": KindText(
        _("Besluta om ett undantag från underskrift"),
        _("Besluta"),
        _("ett undantag att besluta om"),
    ),
    "turns_eighteen": KindText(
        _("Den unge fyller 18 år: fråga om eget samtycke"), _("Öppna ärendet"), _("en 18-årsdag")
    ),
    "case_stopped": KindText(
        _("Ärendet är stoppat: avsluta det eller fråga om nytt samtycke"),
        _("Öppna ärendet"),
        _("ett stoppat ärende"),
    ),
    "task_due": KindText(_("Gör klart din uppgift"), _("Öppna uppgiften"), _("en uppgift")),
    "summary_approval": KindText(
        _("Granska en sammanfattning innan den lämnas ut"), _("Granska"), _("en granskning")
    ),
    "log_review_due": KindText(
        _("Gör månadens loggkontroll"), _("Granska loggen"), _("loggkontroll")
    ),
    "break_glass_review": KindText(
        _("Granska en nödöppning"), _("Granska"), _("en granskning av en nödöppning")
    ),
    "without_owner": KindText(
        _("Något saknar ansvarig: lämna över det"), _("Lämna över"), _("något utan ansvarig")
    ),
    "receiver_conflict": KindText(
        _("En kollega är jävig: be avsändaren om en annan mottagare"),
        _("Se vem du ska fråga"),
        _("en mottagare som är jävig"),
    ),
    "police_request": KindText(
        _("Svara på en fråga från polisen"),
        _("Läs frågan"),
        _("ett svar till polisen"),
        manager_acts=True,
    ),
    "protection_assessment": KindText(
        _("Gör en skyddsbedömning i dag"),
        _("Öppna anmälan"),
        _("en skyddsbedömning"),
        manager_acts=True,
    ),
    "preliminary_assessment": KindText(
        _("Besluta om en utredning ska inledas"),
        _("Öppna anmälan"),
        _("en förhandsbedömning"),
        manager_acts=True,
    ),
    "feedback_request": KindText(
        _("Hitta anmälan som någon frågar om"),
        _("Läs frågan"),
        _("en fråga om återkoppling"),
        manager_acts=True,
    ),
    "feedback_due": KindText(
        _("Svara den som har anmält"), _("Svara"), _("en återkoppling"), manager_acts=True
    ),
}

# Why a notice came, in the inbox.
NOTICES: Mapping[str, _StrPromise] = {
    "concern_new": _("En ny orossignal har kommit in och väntar på ditt besked."),
    "concern_settled": _(
        "Tio arbetsdagar har gått. Den som hörde av sig ser nu att inget mer behövs från dem."
    ),
    "theirs_soon": _("Någon har lovat något, och vill att du påminner. Det är snart dags."),
    "theirs_today": _("Någon har lovat något till i dag, och vill att du påminner."),
    "due_soon": _("Det är snart dags, och du är ansvarig."),
    "due_today": _("Det ska göras i dag, och du är ansvarig."),
    "late": _("Dagen har passerat, och du är ansvarig."),
    "late_stand_in": _("En uppgift som en kollega ansvarar för är försenad, och du är ersättare."),
    "late_in_unit": _(
        "En uppgift i din enhet är försenad. Du ser inte vad den handlar om: ta upp den med den som ansvarar."
    ),
    "late_act": _(
        "En uppgift i din enhet är försenad. Du som är chef kan göra den, eller be någon."
    ),
    "expires": _(
        "Samtycket går snart ut. Efter den dagen får ni inte dela uppgifter med stöd av det."
    ),
    "expires_today": _("Samtycket går ut i dag."),
    "expired": _("Samtycket har gått ut. Ni får inte längre dela uppgifter med stöd av det."),
    "consent_unanswered": _("Ett samtycke har väntat i två veckor. Hör av dig till familjen."),
    "consent_close": _("Ett samtycke har väntat i fyra veckor. Börja om, eller avsluta ärendet."),
    "exception": _(
        "En kollega ber dig besluta om att en vårdnadshavare inte behöver skriva under."
    ),
    "eighteen_soon": _(
        "Den unge fyller snart 18 år. Då slutar vårdnadshavarnas samtycke att gälla. Fråga i tid."
    ),
    "eighteen": _(
        "Den unge fyller 18 år. Ärendet är stoppat tills den unge själv har skrivit under."
    ),
    "stopped": _("Inget samtycke gäller längre. Inget får delas och inget nytt skrivas."),
    "approval": _("En kollega har skrivit en sammanfattning som du ska granska."),
    "break_glass": _("En nödöppning har gjorts i din enhet."),
    "without_owner": _("Något i din enhet saknar ansvarig. Du ser inte vad det handlar om."),
    "receiver_conflict": _(
        "En kollega i din enhet är jävig och läser inte det som kom hit. Du ser inte vad det handlar om."
    ),
    "police_request": _("Polisen har frågat er, och du får besluta om svaret."),
    "moved_often": _(
        "En dag har flyttats tredje gången eller mer. Ta upp med den som ansvarar hur det kan bli gjort. Det här ligger kvar tills du tar bort det."
    ),
    "feedback_new": _("Någon som har gjort en orosanmälan frågar vad det blev."),
}

# What a notice says instead, if the day has passed when it is delivered (set late, or sent after an outage).
WHEN_PASSED: Mapping[str, str] = {
    "due_soon": "late",
    "due_today": "late",
    "expires": "expired",
    "expires_today": "expired",
}

# What the day's only mail calls each kind: a word so wide that it tells nothing of the matter.
COUNTED: Mapping[str, str] = {
    "concern_unanswered": "answer",
    "follow_up_due": "follow_up",
    "consent_expires": "consent",
    "meeting_near": "meeting",
    "meeting_wanted": "meeting",
    "own_commitment": "task",
    "commitment_due": "task",
    "consent_awaited": "consent",
    "consent_exception": "decision",
    "turns_eighteen": "case",
    "case_stopped": "case",
    "task_due": "task",
    "summary_approval": "review",
    "log_review_due": "review",
    "break_glass_review": "review",
    "without_owner": "case",
    "receiver_conflict": "task",
    "police_request": "answer",
    "protection_assessment": "decision",
    "preliminary_assessment": "decision",
    "feedback_request": "answer",
    "feedback_due": "answer",
}
COUNT_WORDS: Mapping[str, Callable[[int], str]] = {
    "answer": lambda n: ngettext("%(n)d svar", "%(n)d svar", n) % {"n": n},
    "case": lambda n: (
        ngettext("%(n)d ärende att se över", "%(n)d ärenden att se över", n) % {"n": n}
    ),
    "consent": lambda n: ngettext("%(n)d samtycke", "%(n)d samtycken", n) % {"n": n},
    "decision": lambda n: ngettext("%(n)d beslut", "%(n)d beslut", n) % {"n": n},
    "follow_up": lambda n: ngettext("%(n)d uppföljning", "%(n)d uppföljningar", n) % {"n": n},
    "meeting": lambda n: ngettext("%(n)d möte", "%(n)d möten", n) % {"n": n},
    "review": lambda n: ngettext("%(n)d granskning", "%(n)d granskningar", n) % {"n": n},
    "task": lambda n: ngettext("%(n)d uppgift", "%(n)d uppgifter", n) % {"n": n},
}

# The same, as the title of a day in a calendar.
EVENT_WORDS: Mapping[str, _StrPromise] = {
    "answer": _("SSPF: svar"),
    "case": _("SSPF: ärende att se över"),
    "consent": _("SSPF: samtycke"),
    "decision": _("SSPF: beslut"),
    "follow_up": _("SSPF: uppföljning"),
    "meeting": _("SSPF: möte"),
    "review": _("SSPF: granskning"),
    "task": _("SSPF: uppgift"),
}

DIGEST_BODY = _("Det här väntar på dig i SSPF:")
DIGEST_WHERE = _("Logga in för att se mer.")
SMS_TEXT = _("Du har något att göra i SSPF. Logga in för att se vad.")
# To whoever stands in without being on the case: being a substitute opens nothing.
ASK = _(
    "Du får veta det, men kan inte öppna det. Be någon som arbetar med det att lägga till dig, eller att göra det."
)
# Told to the manager when a date is moved for the third time, and each time after it.
MOVED_OFTEN = "moved_often"
MAIL_SUBJECT = _("Du har något att göra i SSPF")
MAIL_BODY = _("Du har något att göra i SSPF. Logga in för att se vad.")
# To a unit's own mailbox, when whoever is responsible is away and has named nobody.
MAIL_TO_UNIT = _(
    "Någon i er enhet är borta och har något att göra i SSPF.\n"
    "Säg till den som samordnar eller leder enheten: det står i inkorgen där."
)
# Below every mail, each line at most 78 characters.
MAIL_WHY = _("Här står aldrig vem eller vad det gäller, för att skydda dem det handlar om.")
MAIL_CHOOSE = _("När mejlen ska komma väljer du under Dina påminnelser i SSPF.")
MAIL_NO_ANSWER = _("Mejlet skickas av sig självt och går inte att svara på.")

# The administrator's page about the machinery.
RUNS_WELL = _("Påminnelserna går som de ska")
NEEDS_LOOKING_AT = _("Påminnelsernas drift behöver ses över")
CHECKS: Mapping[str, _StrPromise] = {
    "incomplete": _("Datum som saknar en påminnelse"),
    "overdue": _("Påminnelser som är mer än fem minuter sena"),
    "stuck": _("Påminnelser som har fastnat"),
    "stray": _("Påminnelser om något som är avslutat"),
    "nobody": _("Påminnelser som ingen kan ta emot"),
}
QUEUES: Mapping[str, _StrPromise] = {
    "critical": _("Påminnelser"),
    "default": _("Övriga uppgifter"),
    "bulk": _("Stora uppgifter"),
    "reconciler": _("Kontrollen"),
}
CLOCK_FAULTS: Mapping[str, _StrPromise] = {
    "forward": _("Klockan har hoppat framåt mer än en timme. Inget skickas förrän den går rätt."),
    "back": _("Klockan har hoppat bakåt. Inget skickas förrän den går rätt."),
}
CHANNELS: Mapping[str, _StrPromise] = {"inapp": _("Inkorg"), "mail": _("E-post")}
OUTCOMES: Mapping[str, _StrPromise] = {
    "nobody": _("Ingen i verksamheten kan ta emot den"),
    "refused": _("E-postservern tog inte emot den"),
    "": _("Okänt"),
}
