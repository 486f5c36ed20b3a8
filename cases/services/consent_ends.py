"""What rests on a consent ends with it: each part of the house registers how its own things end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from cases.models import Consent, ConsentScope

Scopes = Sequence[ConsentScope] | None
Ender = Callable[[Consent, Scopes, str, datetime], None]

_enders: list[Ender] = []


def on_end(ender: Ender) -> Ender:
    """Registers `ender(consent, scopes, reason, now)`; it runs in the transaction that ends the consent.

    scopes: the ticks that ended (`rules.consent.hits` tells what rested on one); None means all of it. reason: why, a
    code (consent_withdrawn, consent_expired, consent_replaced, turned_eighteen, signature_lacked). The case is held. It may be called again
    for what has already ended, and must then do nothing.
    """
    if ender not in _enders:
        _enders.append(ender)
    return ender


def end_what_rests(consent: Consent, scopes: Scopes, reason: str, now: datetime) -> None:
    """Also what rested on the consents that this one has renewed, as far as it went on."""
    seen: set[object] = set()
    ending: Consent | None = consent
    while ending is not None and ending.pk not in seen:
        seen.add(ending.pk)
        for ender in _enders:
            ender(ending, scopes, reason, now)
        ending = ending.replaces
