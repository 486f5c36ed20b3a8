"""What ends with a withdrawal, in plain words, told before anybody confirms it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from access import door
from access.actor import Actor
from cases.models import Consent, ConsentScope, Disclosure, Summary, SummaryState
from cases.rules.codes import words
from cases.services.disclosure import rests_on

Teller = Callable[[Actor, Consent, Sequence[ConsentScope]], list[str]]

UNDECIDED = (SummaryState.DRAFT, SummaryState.RETURNED)

# What a unit loses, of all and of some; the host's own work on in their case, and lose what they told the others.
NOTHING = {
    False: gettext_lazy("%(unit)s får inte längre ta del av något i ärendet."),
    True: gettext_lazy("%(unit)s får inte längre berätta något för de andra."),
}
LESS = {
    False: gettext_lazy("%(unit)s får inte längre ta del av allt som förut."),
    True: gettext_lazy("%(unit)s får inte längre berätta allt som förut."),
}

_tellers: list[Teller] = []


def tell_effect(teller: Teller) -> Teller:
    """Registers `teller(actor, consent, ending ticks)`: sentences about what of its own would end."""
    if teller not in _tellers:
        _tellers.append(teller)
    return teller


def effect_of(
    actor: Actor,
    parts: Sequence[tuple[Consent, Sequence[ConsentScope]]],
    *,
    live: Sequence[ConsentScope],
    begun: Sequence[Consent] = (),
) -> list[str]:
    """One sentence for each thing that ends, most far-reaching first.

    parts: each consent with its ticks that end. live: every tick that holds in the case. begun: unsigned ones that end too.
    """
    ending = [scope for _consent, ticks in parts for scope in ticks]
    gone = {scope.id for scope in ending}
    left = [scope for scope in live if scope.id not in gone]
    said = _lost(ending, left)
    for teller in _tellers:
        for consent, ticks in parts:
            said += teller(actor, consent, ticks)
    if begun:
        said.append(
            _(
                "Samtycket som väntar på underskrift avslutas också: det skrevs under före återkallelsen."
            )
        )
    if not left:
        said.append(_("Ärendet stoppas tills det finns ett nytt samtycke. Påminnelserna tas bort."))
    return said


def _lost(ending: Sequence[ConsentScope], left: Sequence[ConsentScope]) -> list[str]:
    """What each unit, and everybody, may no longer be told."""
    units_left = {scope.unit_name for scope in left}
    kinds_left = {scope.kind for scope in left}
    said = []
    units = {scope.unit_name: scope.covers_agency == scope.agency_id for scope in ending}
    for unit, of_host in units.items():
        if unit not in units_left:
            said.append(NOTHING[of_host] % {"unit": unit})
        elif any(scope.kind in kinds_left for scope in ending if scope.unit_name == unit):
            said.append(LESS[of_host] % {"unit": unit})
    if left:
        for kind in dict.fromkeys(scope.kind for scope in ending):
            if kind and kind not in kinds_left:
                told = words("information_kind", kind)
                said.append(_("Ingen får längre dela: %(kind)s.") % {"kind": told})
    return said


@tell_effect
def _disclosures(actor: Actor, consent: Consent, ending: Sequence[ConsentScope]) -> list[str]:
    open_ones = (
        door.visible(actor, Disclosure)
        .filter(consent=consent, end__isnull=True)
        .select_related("summary")
    )
    return [
        _(
            "%(names)s, %(unit)s, kan inte längre läsa sammanfattningen, från och med nästa gång sidan hämtas."
        )
        % {"names": one.to_names, "unit": one.to_unit_name}
        for one in open_ones
        if rests_on(one, ending)
    ]


@tell_effect
def _proposals(actor: Actor, consent: Consent, ending: Sequence[ConsentScope]) -> list[str]:
    waiting = door.visible(actor, Summary).filter(consent=consent, state__in=UNDECIDED)
    return [
        _("Förslaget till %(unit)s kan inte längre godkännas.") % {"unit": one.to_unit_name}
        for one in waiting
        if rests_on(one, ending)
    ]
