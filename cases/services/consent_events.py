"""Writing down what becomes of a consent: append-only, with who, when, how and on which paper."""

from __future__ import annotations

from datetime import date, datetime
from uuid import uuid4

from access.request_transaction import current_work
from cases.models import Attachment, Consent, ConsentEvent, ConsentScope, ConsentSigner
from cases.services.case_seal import seal_texts

Kind = ConsentEvent.Kind


def append(
    consent: Consent,
    kind: ConsentEvent.Kind,
    *,
    now: datetime,
    channel: str = "",
    scope: ConsentScope | None = None,
    signer: ConsentSigner | None = None,
    basis: str = "",
    day: date | None = None,
    note: str = "",
    read_by: str = "",
    document: Attachment | None = None,
) -> ConsentEvent:
    """`note` and `read_by` are sealed under the case's key. recorded_by is null where the system acts by itself."""
    row_id = uuid4()
    texts = {name: text for name, text in (("note", note), ("read_by", read_by)) if text}
    actor = current_work().actor
    return ConsentEvent.objects.create(
        id=row_id,
        municipality_id=consent.municipality_id,
        agency_id=consent.agency_id,
        consent=consent,
        scope=scope,
        signer=signer,
        document=document,
        kind=kind,
        basis=basis,
        at=now,
        day=day,
        channel=channel,
        recorded_by=actor.membership_id if actor else None,
        **seal_texts(consent.case, model=ConsentEvent, row_id=row_id, texts=texts),
    )


def has(consent: Consent, *kinds: ConsentEvent.Kind) -> bool:
    """Whether something of these kinds has happened to the whole consent."""
    return ConsentEvent.objects.filter(
        consent=consent, scope__isnull=True, signer__isnull=True, kind__in=kinds
    ).exists()
