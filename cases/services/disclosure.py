"""Crossing: a copy as shared is written into the receiver's partition, and the register says so."""

from __future__ import annotations

from datetime import date, datetime
from uuid import uuid4

from access.actor import Actor
from access.request_transaction import record
from cases.models import (
    Consent,
    Disclosure,
    DisclosureEnd,
    Release,
    ReleaseEnd,
    ReleaseReader,
    Summary,
)
from cases.rules.numbers import draw_number
from crypto.keys import Scope, new_data_key
from crypto.seal import seal


def push_release(
    *,
    actor: Actor,
    summary: Summary,
    consent: Consent | None,
    about: str,
    body: str,
    basis: str,
    basis_version: date,
    now: datetime,
) -> Disclosure:
    """Writes the release under the receiver's key, names its readers, and registers the disclosure."""
    there = {"municipality_id": summary.municipality_id, "agency_id": summary.to_agency}
    release_id = uuid4()
    key = new_data_key(**there, scope=Scope.RELEASE, scope_id=release_id)
    release = Release.objects.create(
        id=release_id,
        **there,
        about=seal(about, key=key, field="cases.release.about", row_id=release_id),
        body=seal(body, key=key, field="cases.release.body", row_id=release_id),
        from_agency_name=actor.agency_name,
        released_by_name=actor.name,
        contact=summary.author.user.name,
        basis=basis,
        released_at=now,
        until=summary.until,
        number=draw_number("U", now.date()),
    )
    readers = list(summary.readers.all())
    ReleaseReader.objects.bulk_create(
        ReleaseReader(**there, release=release, membership_id=reader.reader_membership)
        for reader in readers
    )
    return Disclosure.objects.create(
        municipality_id=summary.municipality_id,
        agency_id=summary.agency_id,
        case=summary.case,
        summary=summary,
        consent=consent,
        what="summary",
        to_agency=summary.to_agency,
        to_agency_name=summary.to_agency_name,
        to_unit_name=summary.to_unit_name,
        to_names=", ".join(reader.reader_name for reader in readers),
        basis=basis,
        basis_version=basis_version,
        decided_by_id=actor.member,
        decided_at=now,
        until=summary.until,
        release_id=release_id,
    )


def end_disclosure(*, disclosure: Disclosure, reason: str, now: datetime) -> None:
    """Appends the end on both sides; the receiver's copy is gone from its readers with the next request."""
    DisclosureEnd.objects.create(
        municipality_id=disclosure.municipality_id,
        agency_id=disclosure.agency_id,
        disclosure=disclosure,
        ended_at=now,
        reason=reason,
    )
    ReleaseEnd.objects.create(
        municipality_id=disclosure.municipality_id,
        agency_id=disclosure.to_agency,
        release_id=disclosure.release_id,
        ended_at=now,
    )
    record(
        "disclosure.end",
        object_type="cases.disclosure",
        object_id=disclosure.id,
        case=(disclosure.case_id, disclosure.case.number),
    )
