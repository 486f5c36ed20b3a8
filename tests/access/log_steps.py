"""Steps of the log review: a last month with events, and a signed checkpoint after it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

from django.test import override_settings
from django.utils import timezone

from access.actor import Actor
from access.log_review.sampling import bounds, month_before
from access.request_transaction import work
from audit.auditctl import Checkpoint, checkpoint_file, origin_of, sign_checkpoint
from audit.event import Event
from audit.record import write
from crypto.signing import Signer

NUMBER = "S26-9LGGR"
ZONE = timezone.get_default_timezone()


def event(actor: Actor, at: datetime, **changed: object) -> Event:
    fields: dict[str, object] = {
        "id": uuid4(),
        "occurred_at": at,
        "municipality_id": actor.municipality_id,
        "agency_id": actor.agency_id,
        "unit_id": actor.unit_id,
        "actor_user_id": actor.user_id,
        "actor_membership_id": actor.membership_id,
        "actor_name": actor.name,
        "actor_role": actor.role,
        "action": "read",
        "object_type": "cases.case",
        "object_id": uuid4(),
        "case_id": uuid4(),
        "case_number": NUMBER,
        "field_groups": ("case",),
        "relation": "assigned",
        "basis": "",
        "purpose": "case_work",
        "outcome": "done",
        "request_id": uuid4(),
    }
    return Event(**(fields | changed))  # type: ignore[arg-type]


def last_month(actor: Actor, count: int, **changed: object) -> list[Event]:
    """So many events of `actor` last month, on weekdays at work or not as it comes."""
    first, _end = bounds(month_before(timezone.localdate()), ZONE)
    made = [
        event(actor, first + timedelta(hours=7 * n, minutes=n), **changed) for n in range(count)
    ]
    put(actor, made)
    return made


def put(actor: Actor, events: Sequence[Event]) -> None:
    with work(actor):
        write(events)


class Notary:
    """Signs checkpoints of a municipality into a folder of the test's own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.signer = Signer(b"n" * 32)
        self.size = 0

    def settings(self) -> override_settings:
        return override_settings(
            SSPF_CHECKPOINT_DIR=self.folder, SSPF_AUDIT_PUBLIC_KEY=self.signer.public_key
        )

    def sign(self, municipality_id: UUID, at: datetime, *, root: bytes | None = None) -> bytes:
        self.size += 7
        root = root or self.size.to_bytes(32, "big")
        checkpoint = Checkpoint(origin_of(municipality_id), self.size, root)
        note = sign_checkpoint(checkpoint, self.signer.sign, self.signer.public_key, at)
        with checkpoint_file(self.folder, municipality_id).open("a", encoding="utf-8") as file:
            file.write(f"{note}\n")
        return root

    def after_last_month(self, municipality_id: UUID) -> bytes:
        """One just at the month's end, which is too early, and three later."""
        _first, end = bounds(month_before(timezone.localdate()), ZONE)
        self.sign(municipality_id, end - timedelta(days=3))
        self.sign(municipality_id, end + timedelta(minutes=5))
        root = self.sign(municipality_id, end + timedelta(hours=2))
        self.sign(municipality_id, end + timedelta(hours=3))
        return root
