"""The actor: a membership in force, as a plain value that rules can be asked about."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from access.models import Membership, Role, User

MEMBERSHIP_KEY = "membership"


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who acts, in which role, for which partition. `membership_id` is None for the system itself."""

    membership_id: UUID | None
    user_id: UUID | None
    name: str
    role: str
    role_label: str
    unit_id: UUID | None
    unit_name: str
    agency_id: UUID
    agency_kind: str
    agency_name: str
    municipality_id: UUID
    municipality_code: str
    municipality_name: str

    @property
    def member(self) -> UUID:
        """The membership that acts. Raises TypeError for the system, which is nobody's colleague."""
        if self.membership_id is None:
            raise TypeError("the system acts without a membership")
        return self.membership_id

    @property
    def user(self) -> UUID:
        """The user behind the membership. Raises TypeError for the system."""
        if self.user_id is None:
            raise TypeError("the system is no user")
        return self.user_id

    @property
    def unit(self) -> UUID:
        """The unit that acts. Raises TypeError for the system."""
        if self.unit_id is None:
            raise TypeError("the system acts without a unit")
        return self.unit_id


class ActingRequest(HttpRequest):
    """A request that has passed the guards: somebody signed in, with one active membership."""

    user: User
    actor: Actor
    memberships: list[Membership]


def signed_in(request: HttpRequest) -> User:
    """The user of a request that has passed the guards. Raises PermissionDenied for anybody else."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


def actor_of(membership: Membership) -> Actor:
    return Actor(
        membership_id=membership.id,
        user_id=membership.user_id,
        name=membership.user.name,
        role=membership.role,
        role_label=str(Role(membership.role).label),
        unit_id=membership.unit_id,
        unit_name=membership.unit.name,
        agency_id=membership.agency_id,
        agency_kind=membership.agency.kind,
        agency_name=membership.agency.name,
        municipality_id=membership.municipality_id,
        municipality_code=membership.municipality.code,
        municipality_name=membership.municipality.name,
    )


def memberships_in_force(user: User, today: date) -> list[Membership]:
    return list(
        Membership.objects.in_force(today)
        .filter(user=user)
        .select_related("user", "unit", "agency", "municipality")
    )


def system_actor(
    *, name: str, municipality_id: UUID, agency_id: UUID, agency_kind: str = ""
) -> Actor:
    """The named system actor that Celery tasks and commands act as, inside one partition at a time."""
    return Actor(
        membership_id=None,
        user_id=None,
        name=name,
        role="system",
        role_label="System",
        unit_id=None,
        unit_name="",
        agency_id=agency_id,
        agency_kind=agency_kind,
        agency_name="",
        municipality_id=municipality_id,
        municipality_code="",
        municipality_name="",
    )
