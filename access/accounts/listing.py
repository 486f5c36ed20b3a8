"""What an administrator sees of the municipality's accounts: who has which role where, and what needs doing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from allauth.mfa.models import Authenticator
from django.db.models import Exists, OuterRef, QuerySet, Subquery
from django.utils.translation import gettext as _

from access.accounts import rules
from access.accounts.services import may_confirm
from access.actor import Actor
from access.models import (
    Attestation,
    Membership,
    MembershipProposal,
    Municipality,
    ProposalState,
    Role,
)

_warners: list[Callable[[Municipality, date], list[str]]] = []


def warning(maker: Callable[[Municipality, date], list[str]]) -> None:
    """Registers what an administrator is warned of in a municipality; called once, from an app's `ready`."""
    _warners.append(maker)


def accounts(actor: Actor, *, today: date) -> QuerySet[Membership]:
    """Roles of the municipality that have not ended, each with `attested_at` and `second_factor`."""
    latest = Attestation.objects.filter(membership=OuterRef("pk")).order_by("-attested_at")
    factor = Authenticator.objects.filter(user=OuterRef("user_id"), type=Authenticator.Type.TOTP)
    return (
        Membership.objects.filter(
            municipality_id=actor.municipality_id, ended_at__isnull=True, ends_on__gte=today
        )
        .select_related("user", "unit", "agency")
        .annotate(
            attested_at=Subquery(latest.values("attested_at")[:1]),
            second_factor=Exists(factor),
        )
        .order_by("agency__name", "unit__name", "user__name", "role", "id")
    )


def due(actor: Actor, *, today: date) -> QuerySet[Membership]:
    """Roles that end soon unless somebody says that they are still needed; appointments end with their case."""
    return (
        accounts(actor, today=today)
        .filter(ends_on__lte=rules.due_until(today))
        .exclude(role=Role.APPROVER)
        .order_by("ends_on", "user__name", "id")
    )


def waiting(actor: Actor) -> QuerySet[MembershipProposal]:
    """All that wait in the municipality; a manager sees those of the own agency."""
    rows = MembershipProposal.objects.filter(
        municipality_id=actor.municipality_id, state=ProposalState.WAITING
    )
    if actor.role != Role.ADMINISTRATOR:
        rows = rows.filter(agency_id=actor.agency_id)
    return rows.select_related("unit", "agency", "proposed_by__user")


def to_confirm(actor: Actor, *, today: date) -> list[MembershipProposal]:
    return [one for one in waiting(actor) if may_confirm(actor, one, today)]


def warnings(actor: Actor, *, today: date) -> list[str]:
    """What lacks somebody, in words; empty where nothing does."""
    municipality = Municipality.objects.get(pk=actor.municipality_id)
    own = _too_few_administrators(municipality, today)
    return [*own, *(line for maker in _warners for line in maker(municipality, today))]


def _too_few_administrators(municipality: Municipality, today: date) -> list[str]:
    held = Membership.objects.in_force(today).filter(
        municipality=municipality, role=Role.ADMINISTRATOR
    )
    if len(set(held.values_list("user_id", flat=True))) > 1:
        return []
    return [
        _("Kommunen har bara en systemadministratör. Blir hen borta kan ingen sköta behörigheter.")
    ]
