"""What the case's timeline tells of a consent: how far it has come, and never what one person has answered."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django.utils.translation import gettext as _

from cases.forms.consent_answer import SAID_HOW
from cases.models import Consent, ConsentEvent

Kind = ConsentEvent.Kind
# Who said no, or could not be reached, stands on the consent's page, for those who may read it there; what came of it
# is an event of the whole consent.
SILENT = frozenset({Kind.REFUSED, Kind.UNREACHABLE})
VIEWS = frozenset({Kind.HEARD, Kind.DISSENTED})


# Of what happened in the same moment, the one that led to the other first.
ORDER = {kind: place for place, kind in enumerate(Kind)}
Line = tuple[datetime, str, str]


def in_order(event: ConsentEvent) -> tuple[datetime, int]:
    """What to sort events by, oldest first."""
    return event.at, ORDER[Kind(event.kind)]


def consent_lines(consent: Consent) -> list[Line]:
    """When, what, and the particulars, newest first; signatures counted, and what was taken back in one step told once.

    Of a consent with its events, scopes and signers at hand.
    """
    return list(_lines(consent))[::-1]


def _lines(consent: Consent) -> Iterator[Line]:
    needed = sum(1 for signer in consent.signers.all() if signer.must_sign)
    signed = 0
    told: set[datetime] = set()
    for event in sorted(consent.events.all(), key=in_order):
        if event.kind in SILENT:
            continue
        if event.kind == Kind.SIGNED:
            signed += 1
            how = str(SAID_HOW.get(event.channel, ""))
            yield event.at, _count(signed, needed), how
        elif event.kind in VIEWS:
            yield event.at, _line(str(Kind.HEARD.label)), ""
        elif event.kind == Kind.WITHDRAWN:
            if event.at not in told:
                told.add(event.at)
                yield _withdrawn(consent, event)
        else:
            yield event.at, _line(event.get_kind_display()), ""


def _line(words: str) -> str:
    return _("Samtycke: %s") % (words[:1].lower() + words[1:])


def _count(signed: int, needed: int) -> str:
    return _("Samtycke: underskrift %(signed)s av %(needed)s") % {
        "signed": signed,
        "needed": max(signed, needed),
    }


def _withdrawn(consent: Consent, event: ConsentEvent) -> Line:
    """Of the whole, how it was said; of a part, at which units."""
    together = [
        one for one in consent.events.all() if one.kind == Kind.WITHDRAWN and one.at == event.at
    ]
    if any(one.scope_id is None for one in together):
        return event.at, _line(str(Kind.WITHDRAWN.label)), str(SAID_HOW.get(event.channel, ""))
    places = {scope.id: scope.unit_name for scope in consent.scopes.all()}
    units = dict.fromkeys(places[one.scope_id] for one in together if one.scope_id in places)
    return event.at, _("Samtycke: delvis återkallat"), ", ".join(units)
