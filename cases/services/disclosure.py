"""Crossing: a copy as shared is written into the receiver's partition, and the register says so."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID, uuid4

from access.actor import Actor
from access.request_transaction import record
from cases.models import (
    Case,
    Channel,
    Consent,
    ConsentScope,
    Disclosure,
    DisclosureEnd,
    Release,
    ReleaseEnd,
    ReleaseReader,
    Summary,
)
from cases.rules.consent import hits
from cases.rules.numbers import draw_number
from cases.services.case_seal import uid_of
from cases.services.consent_ends import on_end, on_shorter
from crypto.keys import Scope, data_key, new_data_key
from crypto.seal import seal


def push_release(
    *,
    actor: Actor,
    summary: Summary,
    consent: Consent | None,
    about: str,
    body: str,
    now: datetime,
) -> Disclosure:
    """The one crossing: writes the release under the receiver's key, names its readers, and registers the disclosure.

    By mouth or by letter nothing is written at the receiver's; the register keeps what was told all the same.
    """
    readers = list(summary.readers.all())
    release_id = None
    if summary.channel == Channel.IN_SYSTEM:
        release_id = _write_there(actor, summary, about, body, now)
    row_id = uuid4()
    own = (Scope.CASE, summary.case_id) if summary.case_id else (Scope.RELEASE, summary.id)
    place = {"municipality_id": summary.municipality_id, "agency_id": summary.agency_id}
    key = data_key(**place, scope=own[0], scope_id=own[1])
    return Disclosure.objects.create(
        id=row_id,
        **place,
        case=summary.case,
        unit_id=summary.unit_id,
        summary=summary,
        consent=consent,
        what="summary",
        kind=summary.kind,
        to_agency=summary.to_agency,
        to_agency_name=summary.to_agency_name,
        to_unit_name=summary.to_unit_name,
        to_names=", ".join(reader.reader_name for reader in readers),
        basis=summary.basis,
        basis_version=summary.basis_version,
        channel=summary.channel,
        told=summary.told,
        about=seal(about, key=key, field=uid_of(Disclosure, "about"), row_id=row_id),
        body=seal(body, key=key, field=uid_of(Disclosure, "body"), row_id=row_id),
        decided_by_id=actor.member,
        decided_at=now,
        happened_on=summary.happened_on,
        until=summary.until,
        release_id=release_id,
    )


def _write_there(actor: Actor, summary: Summary, about: str, body: str, now: datetime) -> UUID:
    there = {"municipality_id": summary.municipality_id, "agency_id": summary.to_agency}
    release_id = uuid4()
    key = new_data_key(**there, scope=Scope.RELEASE, scope_id=release_id)
    release = Release.objects.create(
        id=release_id,
        **there,
        about=seal(about, key=key, field=uid_of(Release, "about"), row_id=release_id),
        body=seal(body, key=key, field=uid_of(Release, "body"), row_id=release_id),
        from_agency_name=actor.agency_name,
        released_by_name=actor.name,
        contact=summary.author.user.name,
        basis=summary.basis,
        basis_version=summary.basis_version,
        kind=summary.kind,
        full_name=summary.full_name,
        to_unit_id=summary.to_unit,
        to_unit_name=summary.to_unit_name,
        standing=summary.standing,
        released_at=now,
        until=summary.until,
        number=draw_number("U", now.date()),
    )
    ReleaseReader.objects.bulk_create(
        ReleaseReader(**there, release=release, membership_id=reader.reader_membership)
        for reader in summary.readers.all()
    )
    return release_id


def end_by_hand(*, disclosure: Disclosure, reason: str, now: datetime) -> None:
    """Ends it once: pressed twice, or ended meanwhile, nothing more happens."""
    # The register is append-only and cannot be locked; the case and what it was proposed in can.
    if disclosure.case_id is not None:
        Case.objects.select_for_update(of=("self",)).get(pk=disclosure.case_id)
    if disclosure.summary_id is not None:
        Summary.objects.select_for_update(of=("self",)).get(pk=disclosure.summary_id)
    if not DisclosureEnd.objects.filter(disclosure=disclosure).exists():
        end_disclosure(disclosure=disclosure, reason=reason, now=now)


def end_disclosure(*, disclosure: Disclosure, reason: str, now: datetime) -> None:
    """Appends the end on both sides; the receiver's copy is gone from its readers with the next request."""
    DisclosureEnd.objects.create(
        municipality_id=disclosure.municipality_id,
        agency_id=disclosure.agency_id,
        disclosure=disclosure,
        ended_at=now,
        reason=reason,
    )
    if disclosure.release_id is not None:
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
        case=(disclosure.case_id, disclosure.case.number) if disclosure.case else (None, ""),
    )


@on_end
def end_disclosures(
    consent: Consent, scopes: Sequence[ConsentScope] | None, reason: str, now: datetime
) -> None:
    """Every disclosure that rested on the consent, or on one of the ticks that ended."""
    open_ones = Disclosure.objects.filter(consent=consent, end__isnull=True)
    for disclosure in open_ones.select_related("case", "summary"):
        if scopes is None or rests_on(disclosure, scopes):
            end_disclosure(disclosure=disclosure, reason=reason, now=now)


@on_shorter
def end_outlasting(consent: Consent, last: date, reason: str, now: datetime) -> None:
    """Sharing anew, for as long as the consent holds, is a new disclosure."""
    beyond = Disclosure.objects.filter(consent=consent, end__isnull=True, until__gt=last)
    for disclosure in beyond.select_related("case", "summary"):
        end_disclosure(disclosure=disclosure, reason=reason, now=now)


def rests_on(row: Disclosure | Summary, ticks: Sequence[ConsentScope]) -> bool:
    """Whether what was told, or is proposed, rested on one of the ticks."""
    summary = row.summary if isinstance(row, Disclosure) else row
    return any(
        hits(
            tick,
            host=row.agency_id,
            agency_id=row.to_agency,
            unit_id=summary.to_unit if summary else None,
            kind=row.kind,
        )
        for tick in ticks
    )
