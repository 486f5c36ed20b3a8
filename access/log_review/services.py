"""The month's review: drawn by a signed checkpoint, judged by somebody else than the one it is about, signed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from access import door
from access.actor import Actor
from access.log_review import checkpoints, sampling
from access.models import LogReview, LogReviewItem, Membership, Role, Verdict
from access.policy import Action
from access.request_transaction import record
from audit.check import request_verification
from audit.models import AuditEvent
from crypto.errors import KeyMissing
from crypto.keys import DataKey, Scope, data_key, new_data_key
from crypto.seal import seal


class Why(StrEnum):
    """Why there is no sample of a month."""

    NO_EVENTS = "no_events"
    NO_CHECKPOINT = "no_checkpoint"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class NotDrawn:
    month: date
    why: Why


@dataclass(frozen=True, slots=True)
class Preview:
    """What a sample would be with the latest checkpoint; kept nowhere, and not the month's sample."""

    month: date
    size: int
    event_ids: tuple[UUID, ...]


class OwnAct(Exception):
    """The event is the reviewer's own act; somebody else has to judge it."""


class ChangedMeanwhile(Exception):
    """Somebody has judged it since the page was opened."""


class AlreadySigned(Exception):
    """The month's review is signed and stands as it is."""


class Incomplete(Exception):
    """Some event has no verdict yet."""


# Rooms above add what follows from a review (reminders: the deadline), since imports only go down.
DrawnHook = Callable[[LogReview, UUID], None]
SignedHook = Callable[[LogReview], None]
_drawn: list[DrawnHook] = []
_signed: list[SignedHook] = []


def follow(*, drawn: DrawnHook, signed: SignedHook) -> None:
    """Registers what happens when a sample is drawn (with the reviewer responsible) and when it is signed."""
    _drawn.append(drawn)
    _signed.append(signed)


def ensure_month(*, actor: Actor, today: date) -> LogReview | NotDrawn:
    """The review of the month before `today`, drawn now if it can be; asking again changes nothing.

    The result is the same whoever asks, and whenever: it follows from the log and the first checkpoint
    signed after the month (security.md §2.5).
    """
    month = sampling.month_before(today)
    earlier = LogReview.objects.filter(month=month).first()
    if earlier is not None:
        return earlier
    events = eligible(actor, month)
    if not events.exists():
        return NotDrawn(month, Why.NO_EVENTS)
    _first, end = sampling.bounds(month, timezone.get_default_timezone())
    try:
        checkpoint = checkpoints.first_after(actor.municipality_id, end + sampling.MARGIN)
    except checkpoints.Unreadable:
        return NotDrawn(month, Why.UNREADABLE)
    if checkpoint is None or checkpoint.signed_at is None:
        return NotDrawn(month, Why.NO_CHECKPOINT)
    ids = list(events.values_list("id", flat=True))
    review = LogReview(
        municipality_id=actor.municipality_id,
        agency_id=actor.agency_id,
        month=month,
        checkpoint_size=checkpoint.size,
        checkpoint_root=checkpoint.root,
        checkpoint_at=checkpoint.signed_at,
        events=len(ids),
        drawn_at=timezone.now(),
    )
    try:
        with transaction.atomic():
            review.save(force_insert=True)
            _save_items(review, _sample(checkpoint.root, events, ids))
    except IntegrityError:
        # Somebody else has drawn it in the meantime; theirs is the same.
        return LogReview.objects.get(month=month)
    record("log_review.draw", object_type="access.logreview", object_id=review.id)
    reviewer = _reviewer(actor.agency_id, today)
    if reviewer is not None:
        for hook in _drawn:
            hook(review, reviewer.id)
    return review


def eligible(actor: Actor, month: date) -> QuerySet[AuditEvent]:
    """What is drawn from: every act of a person of the actor's agency in that month."""
    first, end = sampling.bounds(month, timezone.get_default_timezone())
    own = Q()
    for prefix in sampling.NEVER_DRAWN:
        own |= Q(action__startswith=prefix)
    return AuditEvent.objects.filter(
        municipality_id=actor.municipality_id,
        agency_id=actor.agency_id,
        occurred_at__gte=first,
        occurred_at__lt=end,
        actor_user_id__isnull=False,
    ).exclude(own)


def _sample(root: bytes, events: QuerySet[AuditEvent], ids: list[UUID]) -> list[UUID]:
    """The drawn ones, then what is always looked at and was not drawn, oldest first."""
    drawn = sampling.draw(root, ids)
    always = events.filter(action__in=sampling.ALWAYS_DRAWN).exclude(id__in=drawn)
    return [*drawn, *always.order_by("occurred_at", "id").values_list("id", flat=True)]


def preview(*, actor: Actor, today: date) -> Preview | None:
    """Ten of this month so far, drawn with the latest checkpoint; None before the first."""
    month = today.replace(day=1)
    try:
        checkpoint = checkpoints.latest(actor.municipality_id)
    except checkpoints.Unreadable:
        return None
    if checkpoint is None:
        return None
    ids = eligible(actor, month).values_list("id", flat=True)
    return Preview(month, checkpoint.size, tuple(sampling.draw(checkpoint.root, ids)))


def _save_items(review: LogReview, drawn: list[UUID]) -> None:
    acts = AuditEvent.objects.filter(id__in=drawn, actor_user_id__isnull=False)
    about = {event.id: event.actor_user_id for event in acts.only("id", "actor_user_id")}
    LogReviewItem.objects.bulk_create(
        LogReviewItem(
            municipality_id=review.municipality_id,
            agency_id=review.agency_id,
            review=review,
            place=place,
            event_id=event_id,
            about_user=about[event_id],  # type: ignore[misc]  # drawn of people's acts only
        )
        for place, event_id in enumerate(drawn, start=1)
    )


def _reviewer(agency_id: UUID, today: date) -> Membership | None:
    held = Membership.objects.in_force(today)
    found: Membership | None = held.filter(agency_id=agency_id, role=Role.LOG_REVIEWER).first()
    return found


def judge(
    *,
    actor: Actor,
    item: LogReviewItem,
    verdict: Verdict,
    note: str,
    seen_version: int,
    now: datetime,
) -> None:
    """Sets the verdict of one drawn event. Raises OwnAct, AlreadySigned, ChangedMeanwhile."""
    door.demand(actor, item, "log_review", Action.DECIDE)
    # The review first: signing takes it too, so that no verdict changes under a signature.
    review = LogReview.objects.select_for_update().get(pk=item.review_id)
    locked = LogReviewItem.objects.select_for_update().get(pk=item.pk)
    if locked.about_user == actor.user_id:
        raise OwnAct
    if review.signed_at is not None:
        raise AlreadySigned
    if locked.version != seen_version:
        raise ChangedMeanwhile
    item.verdict = verdict
    item.note = (
        seal(note, key=_key(review), field="access.log_review_item.note", row_id=item.id)
        if note
        else None
    )
    item.decided_by_id, item.decided_by_user = actor.membership_id, actor.user_id
    item.decided_at, item.version = now, seen_version + 1
    item.save(
        update_fields=["verdict", "note", "decided_by", "decided_by_user", "decided_at", "version"]
    )
    record(
        "log_review.judge",
        object_type="access.logreviewitem",
        object_id=item.id,
        basis=Verdict(verdict).value,
    )


def sign(*, actor: Actor, review: LogReview, now: datetime) -> None:
    """Signs the month off, once. Raises AlreadySigned, Incomplete."""
    door.demand(actor, review, "log_review", Action.DECIDE)
    locked = LogReview.objects.select_for_update().get(pk=review.pk)
    if locked.signed_at is not None:
        raise AlreadySigned
    if LogReviewItem.objects.filter(review=locked, verdict="").exists():
        raise Incomplete
    review.signed_by_id, review.signed_at = actor.membership_id, now
    review.save(update_fields=["signed_by", "signed_at"])
    record("log_review.sign", object_type="access.logreview", object_id=review.id)
    for hook in _signed:
        hook(review)


def ask_for_verification(*, actor: Actor) -> None:
    """Asks the sequencer to go through the municipality's whole log again."""
    request_verification(actor.municipality_id)
    record("log.verify", object_type="audit.verification", object_id=None)


def _key(review: LogReview) -> DataKey:
    place = {"municipality_id": review.municipality_id, "agency_id": review.agency_id}
    try:
        return data_key(**place, scope=Scope.SYSTEM, scope_id=review.id)
    except KeyMissing:
        return new_data_key(**place, scope=Scope.SYSTEM, scope_id=review.id)
