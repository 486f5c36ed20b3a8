"""Storing and changing a pledge's draft. Every change counts up the version, so earlier approvals stop counting."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from access.actor import Actor
from access.models import Agency, Membership, Municipality, Role
from access.request_transaction import record
from safety.models import (
    Activity,
    FocusArea,
    Pledge,
    PledgeState,
    Promise,
    UnplacedLine,
)
from safety.rules.person_words import without_identity_numbers
from safety.services.content import PledgeContent, PromiseContent, demand_sound


class ChangedMeanwhile(Exception):
    """Somebody has saved since this page was opened."""


class AlreadyPublished(Exception):
    """It has been published and cannot be thrown away."""


class NobodyActs(RuntimeError):
    """A person must do this; the system itself cannot."""


class NoOwner(LookupError):
    """The municipality has no agency that could own a pledge."""


def owning_agency(municipality: Municipality) -> Agency:
    """Where the pledge is kept: the safety coordinator's agency, else coordination, else the SSPF host."""
    held = Membership.objects.filter(municipality=municipality, role=Role.SAFETY_COORDINATOR)
    coordinating = held.order_by("starts_on", "id").select_related("agency").first()
    if coordinating is not None:
        return coordinating.agency
    agencies = Agency.objects.filter(municipality=municipality)
    found = agencies.filter(kind="coordination").first() or agencies.filter(hosts_sspf=True).first()
    if found is None:
        raise NoOwner(municipality.code)
    return found


def save_pledge(*, actor: Actor, content: PledgeContent, now: datetime) -> Pledge:
    """A new draft, owned by the actor's agency. Raises NoPromises, PointsOutAPerson."""
    demand_sound(content)
    pledge = Pledge.objects.create(
        municipality_id=actor.municipality_id,
        agency_id=actor.agency_id,
        year=content.year,
        title=content.title,
        parties=list(content.parties),
        created_at=now,
    )
    promises = _store_promises(pledge, content.promises)
    _store_lines(pledge, content)
    Activity.objects.bulk_create(
        Activity(
            municipality_id=pledge.municipality_id,
            agency_id=pledge.agency_id,
            pledge=pledge,
            promise=promises[activity.promise] if activity.promise is not None else None,
            what=activity.text,
            order=order,
        )
        for order, activity in enumerate(content.activities)
    )
    _note("pledge.import", pledge)
    return pledge


def change_pledge(
    *, actor: Actor, pledge: Pledge, content: PledgeContent, seen_version: int
) -> None:
    """Another wording, order or set of promises. Raises ChangedMeanwhile, NoPromises, PointsOutAPerson."""
    demand_sound(content)
    lock(pledge, seen_version)
    pledge.year, pledge.title = content.year, content.title
    pledge.parties = list(content.parties)
    kept = {promise.id for promise in content.promises if promise.id is not None}
    Promise.objects.filter(pledge=pledge).exclude(id__in=kept).delete()
    _store_promises(pledge, content.promises)
    pledge.focus_areas.all().delete()
    pledge.unplaced.all().delete()
    _store_lines(pledge, content)
    changed(pledge)
    _note("pledge.change", pledge)


def remove_draft(*, actor: Actor, pledge: Pledge, seen_version: int, now: datetime) -> None:
    """Takes a draft that was never published out of every list. Raises ChangedMeanwhile, AlreadyPublished."""
    lock(pledge, seen_version)
    if pledge.first_published_at is not None:
        raise AlreadyPublished
    pledge.removed_at = now
    pledge.save(update_fields=["removed_at"])
    _note("pledge.remove", pledge)


def lock(pledge: Pledge, seen_version: int) -> None:
    """Takes the pledge for change, as it was when the page was opened. Raises ChangedMeanwhile."""
    held = Pledge.objects.select_for_update().get(pk=pledge.pk)
    if held.version != seen_version or held.removed_at is not None:
        raise ChangedMeanwhile
    pledge.state, pledge.version = held.state, held.version
    pledge.first_published_at = held.first_published_at


def changed(pledge: Pledge) -> None:
    """Counts up the version: both parties approve anew before this can be published."""
    pledge.version += 1
    pledge.state = PledgeState.DRAFT
    pledge.save(update_fields=["year", "title", "parties", "state", "version"])


def membership_of(actor: Actor) -> UUID:
    """Whose act it is. Raises NobodyActs for the system itself."""
    if actor.membership_id is None:
        raise NobodyActs
    return actor.membership_id


def _store_promises(pledge: Pledge, given: Sequence[PromiseContent]) -> list[Promise]:
    stored = {promise.id: promise for promise in pledge.promises.all()}
    known = _known_earlier(pledge, given)
    promises = []
    for order, content in enumerate(given):
        promise = stored.get(content.id) if content.id else None
        new = promise is None
        if promise is None:
            promise = Promise(
                municipality_id=pledge.municipality_id, agency_id=pledge.agency_id, pledge=pledge
            )
        promise.promiser, promise.text, promise.order = content.promiser, content.text, order
        promise.recurs_from_id = content.recurs_from if content.recurs_from in known else None
        promise.save(force_insert=new)
        promises.append(promise)
    return promises


def _known_earlier(pledge: Pledge, given: Sequence[PromiseContent]) -> set[UUID]:
    asked = {content.recurs_from for content in given if content.recurs_from}
    earlier = Promise.objects.filter(
        id__in=asked, municipality_id=pledge.municipality_id, pledge__year__lt=pledge.year
    )
    return set(earlier.values_list("id", flat=True))


def _store_lines(pledge: Pledge, content: PledgeContent) -> None:
    place = {"municipality_id": pledge.municipality_id, "agency_id": pledge.agency_id}
    FocusArea.objects.bulk_create(
        FocusArea(**place, pledge=pledge, name=name, order=order)
        for order, name in enumerate(content.focus_areas)
    )
    UnplacedLine.objects.bulk_create(
        UnplacedLine(**place, pledge=pledge, text=without_identity_numbers(text), order=order)
        for order, text in enumerate(content.unplaced)
    )


def _note(action: str, pledge: Pledge) -> None:
    record(action, object_type="safety.pledge", object_id=pledge.id)
