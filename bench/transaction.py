"""The transaction that the clients repeat: a colleague is put on a case, as `cases.services` does it."""

from collections.abc import Callable
from datetime import timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from access.actor import actor_of
from access.models import Membership
from access.request_transaction import record, set_partition, work
from bench.client import Post
from cases.models import Assignment, Case


def worker(post: Post) -> Callable[..., None]:
    """The transaction, with or without its event, for one place of work."""
    membership = Membership.objects.select_related("user", "unit", "agency", "municipality").get(
        pk=post.membership_id
    )
    actor = actor_of(membership)
    today = timezone.localdate()

    def write() -> None:
        found = Membership.objects.get(pk=post.membership_id)
        Case.objects.filter(pk=post.case_id).update(version=F("version") + 1)
        Assignment.objects.create(
            municipality_id=actor.municipality_id,
            agency_id=actor.agency_id,
            case_id=post.case_id,
            membership=found,
            starts_on=today,
            ends_on=today + timedelta(days=30),
            # Ended at once, so that the next transaction may do the same.
            ended_at=timezone.now(),
        )

    def act(*, with_event: bool) -> None:
        if not with_event:
            with transaction.atomic():
                set_partition(actor)
                write()
            return
        with work(actor):
            write()
            record(
                "case.assign",
                object_type="access.membership",
                object_id=post.membership_id,
                case=(post.case_id, "S26-00000"),
            )

    return act
