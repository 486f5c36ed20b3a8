"""What templates/components/checkpoint.html is told: the latest verification, and one that is on its way."""

from __future__ import annotations

import base64
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.sessions.backends.base import SessionBase
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from access.actor import Actor
from access.log_review.sentences import moment
from access.log_review.words import FAULTS
from audit.check import Verification, latest_verification, sequencer_status

ASKED = "log_check_asked"
# The sequencer tells that it lives every ten seconds.
SILENCE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    state: str
    at: str
    ran: str
    events: int | None
    root: str
    faults: list[str]
    note: str
    waits: bool


def remember_asked(session: SessionBase, *, now: datetime) -> None:
    """So that the page can tell that the answer is not here yet; holds a time, nothing else."""
    session[ASKED] = now.isoformat()


def panel(actor: Actor, session: SessionBase, *, now: datetime) -> Panel:
    """The state of the municipality's log, in plain words."""
    latest = latest_verification(actor.municipality_id)
    waits = _waits(session, latest)
    note = _waiting_words(session, now) if waits else ""
    if latest is None:
        return Panel(
            state="unknown", at="", ran="", events=None, root="", faults=[], note=note, waits=waits
        )
    return Panel(
        state="ok" if latest.ok else "fault",
        at=_signed(latest),
        ran=moment(latest.ran_at),
        events=latest.events,
        root=base64.b64encode(bytes(latest.root)).decode()[:16] + "…",
        faults=_faults(latest),
        note=note,
        waits=waits,
    )


def _waits(session: SessionBase, latest: Verification | None) -> bool:
    asked = session.get(ASKED)
    if asked is None:
        return False
    if latest is not None and latest.ran_at >= datetime.fromisoformat(asked):
        del session[ASKED]
        return False
    return True


def _waiting_words(session: SessionBase, now: datetime) -> str:
    asked = timezone.localtime(datetime.fromisoformat(session[ASKED]))
    words = _("Kontrollen är beställd kl. %(time)s. Ladda om sidan för att se svaret.") % {
        "time": f"{asked:%H.%M}"
    }
    status = sequencer_status()
    if status is None or now - status.beat_at > SILENCE:
        return (
            words
            + " "
            + _("Den som kontrollerar svarar inte just nu. Säg till den som driver systemet.")
        )
    if status.waiting:
        waiting = ngettext(
            "%(n)d händelse väntar på sin plats i loggen.",
            "%(n)d händelser väntar på sin plats i loggen.",
            status.waiting,
        )
        return f"{words} {waiting % {'n': status.waiting}}"
    return words


def _signed(latest: Verification) -> str:
    if latest.checkpoint_at is None:
        return _("ingen underskriven än")
    return _("%(size)d händelser, underskriven %(when)s") % {
        "size": latest.checkpoint_size or 0,
        "when": moment(latest.checkpoint_at),
    }


def _faults(latest: Verification) -> list[str]:
    told = []
    for fault in latest.faults:
        words = str(FAULTS.get(fault.kind, _("Ett fel som saknar ord.")))
        if fault.first is not None:
            last = fault.first if fault.last is None else fault.last
            place = (
                _("Nummer %(n)d.") % {"n": fault.first}
                if last == fault.first
                else _("Nummer %(first)d–%(last)d.") % {"first": fault.first, "last": last}
            )
            words = f"{words} {place}"
        if fault.event_id:
            words = f"{words} " + _("Händelse %(id)s.") % {"id": fault.event_id}
        told.append(words)
    return [
        f"{words} " + _("(%(n)d gånger)") % {"n": times} if times > 1 else words
        for words, times in Counter(told).items()
    ]
