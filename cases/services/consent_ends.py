"""What rests on a consent ends with it: each part of the house registers how its own things end."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime

from cases.models import Consent, ConsentScope

Scopes = Sequence[ConsentScope] | None
Ender = Callable[[Consent, Scopes, str, datetime], None]

Outlasting = Callable[[Consent, date, str, datetime], None]

_enders: list[Ender] = []
_outlasting: list[Outlasting] = []


def on_end(ender: Ender) -> Ender:
    """Registers `ender(consent, scopes, reason, now)`; it runs in the transaction that ends the consent.

    scopes: the ticks that ended (`rules.consent.hits` tells what rested on one); None means all of it. reason: why, a
    code (consent_withdrawn, consent_expired, consent_replaced, turned_eighteen, signature_lacked). The case is held. It may be called again
    for what has already ended, and must then do nothing.
    """
    if ender not in _enders:
        _enders.append(ender)
    return ender


def on_shorter(ender: Outlasting) -> Outlasting:
    """Registers `ender(consent, last, reason, now)`: what rested on the consent and goes on after `last` ends now.

    A renewal can end earlier than what it renews; nothing that went on with it may be read for longer than it holds.
    """
    if ender not in _outlasting:
        _outlasting.append(ender)
    return ender


def end_what_rests(consent: Consent, scopes: Scopes, reason: str, now: datetime) -> None:
    """Also what rested on the consents that this one has renewed, as far as it went on."""
    for ending in _renewed(consent):
        for ender in _enders:
            ender(ending, scopes, reason, now)


def end_what_outlasts(consent: Consent, last: date, reason: str, now: datetime) -> None:
    """Of the same, only what would be there after that day."""
    for ending in _renewed(consent):
        for ender in _outlasting:
            ender(ending, last, reason, now)


def _renewed(consent: Consent) -> Iterator[Consent]:
    seen: set[object] = set()
    ending: Consent | None = consent
    while ending is not None and ending.pk not in seen:
        seen.add(ending.pk)
        yield ending
        ending = ending.replaces
