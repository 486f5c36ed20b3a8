"""Attachments: a checked file sealed in chunks under a key of its own, given out through the door, and destroyed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from uuid import UUID, uuid4, uuid5

from access import door
from access.actor import Actor
from access.policy import Action
from access.request_transaction import record, work
from audit.record import erase_details
from cases.models import (
    Attachment,
    AttachmentChunk,
    AttachmentKind,
    Case,
    Consent,
    ConsentEvent,
    RemovedBecause,
)
from cases.models.case import ENDED_STAGES
from cases.rules.file_kinds import FileRefused, Problem
from cases.rules.file_name import clean_name
from cases.services.acting import acting_membership
from cases.services.case_seal import case_key, seal_texts, uid_of
from cases.services.consent import hold_case
from cases.services.consent_events import append
from cases.services.file_check import check_file
from cases.services.refusals import CaseStopped
from crypto.file_seal import seal_file

# Chunks in one INSERT: a megabyte.
BATCH = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenFile:
    """A file as somebody gives it, and what it is said to be. form_id: of the page it was sent from."""

    name: str
    content: bytes
    kind: AttachmentKind
    note: str
    form_id: UUID = field(default_factory=uuid4)

    def __repr__(self) -> str:
        return "GivenFile(‹förseglat›)"


def add_attachment(
    *, actor: Actor, case: Case, given: GivenFile, consent: Consent | None = None, now: datetime
) -> Attachment:
    """Checks the file and keeps it sealed; sending the same form twice keeps it once. Raises FileRefused, CaseStopped.

    consent: of the same case, whose signed paper this is; it is written down among what became of the consent.
    """
    door.demand(actor, case, "attachment", Action.CREATE)
    if consent is not None and consent.case_id != case.id:
        raise ValueError("the consent belongs to another case")
    try:
        checked = check_file(given.content)
    except FileRefused as refusal:
        if refusal.problem is Problem.MALWARE:
            record("attachment.stop", object_type="cases.case", object_id=case.id, case=_of(case))
        raise
    # Not before the check, which may take seconds: nobody else should wait for it.
    hold_case(case)
    if case.stage in ENDED_STAGES:
        raise CaseStopped
    row_id = uuid5(case.pk, str(given.form_id))
    sent = Attachment.objects.filter(pk=row_id).first()
    if sent is not None:
        return sent
    file_key, chunks = seal_file(
        [checked.content],
        key=case_key(case),
        field=uid_of(Attachment, "file_key"),
        row_id=row_id,
    )
    texts = {"name": clean_name(given.name, checked.media_type), "note": given.note}
    attachment = Attachment.objects.create(
        id=row_id,
        municipality_id=case.municipality_id,
        agency_id=case.agency_id,
        case=case,
        consent=consent,
        kind=given.kind,
        file_key=file_key,
        media_type=checked.media_type.value,
        size=len(checked.content),
        pages=checked.pages,
        uploaded_by_id=acting_membership(actor),
        uploaded_at=now,
        **seal_texts(case, model=Attachment, row_id=row_id, texts=texts),
    )
    AttachmentChunk.objects.bulk_create(
        (
            AttachmentChunk(
                municipality_id=case.municipality_id,
                agency_id=case.agency_id,
                attachment=attachment,
                number=number,
                sealed=chunk,
            )
            for number, chunk in enumerate(chunks)
        ),
        batch_size=BATCH,
    )
    if consent is not None:
        append(consent, ConsentEvent.Kind.PAPER, document=attachment, now=now)
    record(
        "attachment.add", object_type="cases.attachment", object_id=attachment.id, case=_of(case)
    )
    return attachment


def content_of(*, actor: Actor, attachment: Attachment) -> Iterator[bytes]:
    """The file's content, piece by piece; the read is noted now, and nothing is opened before it is committed."""
    chunks = _stored(actor, attachment.id)
    return door.reveal_file(actor, attachment, chunks, door.Purpose.CASE_WORK)


def remove_attachment(
    *, actor: Actor, attachment: Attachment, reason: RemovedBecause, now: datetime
) -> None:
    """Destroys the file's key, name, note and chunks; the row stays and says who took it away, and why.

    What the evidence noted of the chunks is blanked: nothing is left that could be held against a copy of them.
    """
    door.demand(actor, attachment, "attachment", Action.WRITE)
    chunks = AttachmentChunk.objects.filter(attachment=attachment)
    gone = list(chunks.values_list("pk", flat=True))
    chunks.delete()
    erase_details(gone)
    attachment.file_key = attachment.name = attachment.note = None
    attachment.removed_by_id, attachment.removed_at = acting_membership(actor), now
    attachment.removed_because = reason.value
    attachment.save(
        update_fields=["file_key", "name", "note", "removed_by", "removed_at", "removed_because"]
    )
    record(
        "attachment.remove",
        object_type="cases.attachment",
        object_id=attachment.id,
        case=_of(attachment.case),
        basis=reason.value,
    )


def _stored(actor: Actor, attachment_id: UUID) -> Iterator[bytes]:
    """The sealed chunks in order. Each is fetched in a short transaction of its own: a slow reader holds none open."""
    for number in count():
        with work(actor):
            chunk = (
                AttachmentChunk.objects.filter(attachment_id=attachment_id, number=number)
                .values_list("sealed", flat=True)
                .first()
            )
        if chunk is None:
            return
        yield bytes(chunk)


def _of(case: Case) -> tuple[UUID, str]:
    return case.id, case.number
