"""Telling of a concern: draft, sending into the host agency's intake, receipt, report of concern."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID, uuid4

from django.conf import settings
from django.utils.translation import override

from access import door
from access.actor import Actor
from access.models import Agency, Role
from access.models.membership import in_sentence
from access.request_transaction import record
from cases.models import Concern, ConcernDraft, ConcernReceipt, ReportMade
from cases.rules.concern_basis import Mode, concern_basis
from cases.rules.numbers import draw_number
from cases.services.host import demand_host
from crypto.keys import Scope, destroy_data_key, new_data_key
from crypto.seal import seal
from reminders.services import set_deadline
from reminders.working_days import add_working_days

ANSWER_WORKING_DAYS = 2
SETTLED_WORKING_DAYS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class ConcernText:
    """What the sender says; `child` is empty where it is sent without identity."""

    child: str
    seen: str
    place: str
    done: str
    guardians: str

    def __repr__(self) -> str:
        return "ConcernText(‹förseglat›)"


def host_of(actor: Actor) -> Agency:
    """The agency whose intake receives concerns in the actor's municipality. Raises Agency.DoesNotExist."""
    return Agency.objects.get(municipality_id=actor.municipality_id, hosts_sspf=True)


def is_received(actor: Actor) -> bool:
    """Whether anybody in the actor's municipality receives concerns; some work with places only."""
    return Agency.objects.filter(municipality_id=actor.municipality_id, hosts_sspf=True).exists()


def save_draft(*, actor: Actor, fields: Mapping[str, str], now: datetime) -> None:
    """Seals what has been typed so far, replacing what was saved before."""
    drop_draft(actor=actor)
    row_id = uuid4()
    key = new_data_key(
        municipality_id=actor.municipality_id,
        agency_id=actor.agency_id,
        scope=Scope.DRAFT,
        scope_id=row_id,
    )
    ConcernDraft.objects.create(
        id=row_id,
        municipality_id=actor.municipality_id,
        agency_id=actor.agency_id,
        membership_id=actor.member,
        payload=seal(
            json.dumps(dict(fields)), key=key, field="cases.concern_draft.payload", row_id=row_id
        ),
        saved_at=now,
    )


def read_draft(*, actor: Actor) -> tuple[dict[str, str], datetime] | None:
    row = door.visible(actor, ConcernDraft).first()
    if row is None:
        return None
    shown = door.reveal_one(actor, row, door.Purpose.DRAFT)
    return json.loads(shown.text["payload"]), row.saved_at


def drop_draft(*, actor: Actor) -> None:
    """Destroys the draft and its key; there is nothing left to open, in any copy."""
    for row in ConcernDraft.objects.filter(membership_id=actor.member).select_for_update():
        destroy_draft(row)


def destroy_draft(row: ConcernDraft) -> None:
    destroy_data_key(
        municipality_id=row.municipality_id,
        agency_id=row.agency_id,
        scope=Scope.DRAFT,
        scope_id=row.id,
    )
    row.delete()


def raise_concern(
    *, actor: Actor, text: ConcernText, mode: Mode, now: datetime, today: date, told_by: str = ""
) -> ConcernReceipt:
    """Writes the concern into the host agency's intake, under its key; the sender keeps a receipt only.

    told_by: who told it by phone, where somebody else takes it down.
    Raises NoRule where the dated table gives this sender no way to send, HostClosed where nobody may receive it.
    """
    host = host_of(actor)
    demand_host(host, today)
    regime = Agency.objects.get(pk=actor.agency_id).secrecy_regime
    rule = concern_basis(role=actor.role, regime=regime, on=today)
    if mode not in rule.modes:
        raise ValueError(f"{mode} is not open to this sender")
    concern_id, number = uuid4(), draw_number("O", today)
    key = new_data_key(
        municipality_id=host.municipality_id,
        agency_id=host.id,
        scope=Scope.CONCERN,
        scope_id=concern_id,
    )
    # Kept in the product's first language, whatever language the sender has chosen.
    with override(settings.LANGUAGE_CODE):
        role = in_sentence(str(Role(actor.role).label))
    sender = f"{actor.name}, {role}, {actor.unit_name}"
    if told_by:
        sender = f"{told_by} (nedtecknat per telefon av {sender})"
    parts = {
        "child": "" if mode is Mode.WITHOUT_IDENTITY else text.child,
        "seen": text.seen,
        "place": text.place,
        "done": text.done,
        "guardians": text.guardians,
        "sender": sender,
        "decision": "",
    }
    answer_by = add_working_days(today, ANSWER_WORKING_DAYS)
    Concern.objects.create(
        id=concern_id,
        municipality_id=host.municipality_id,
        agency_id=host.id,
        number=number,
        received_at=now,
        by_phone=bool(told_by),
        basis=rule.code(mode),
        basis_version=rule.valid_from,
        answer_by=answer_by,
        **{
            name: seal(part, key=key, field=f"cases.concern.{name}", row_id=concern_id)
            for name, part in parts.items()
        },
    )
    _ask_for_an_answer(host, concern_id=concern_id, number=number, due_on=answer_by)
    receipt = ConcernReceipt.objects.create(
        municipality_id=actor.municipality_id,
        agency_id=actor.agency_id,
        membership_id=actor.member,
        number=number,
        sent_at=now,
        settled_on=add_working_days(today, SETTLED_WORKING_DAYS),
    )
    if not told_by:
        drop_draft(actor=actor)
    record(
        "concern.send",
        object_type="cases.concernreceipt",
        object_id=receipt.id,
        field_groups=("concern_text",),
        basis=rule.code(mode),
    )
    return receipt


def _ask_for_an_answer(host: Agency, *, concern_id: UUID, number: str, due_on: date) -> None:
    coordinator = (
        host.memberships.in_force(due_on)
        .filter(role=Role.COORDINATOR)
        .order_by("starts_on", "id")
        .first()
    )
    if coordinator is not None:
        set_deadline(
            place=(host.municipality_id, host.id),
            kind="concern_unanswered",
            subject_id=concern_id,
            label=number,
            route="concern_triage",
            responsible=coordinator.id,
            due_on=due_on,
        )


def note_report_made(
    *, actor: Actor, how: str, received_by: str, made_at: datetime, today: date
) -> ReportMade:
    """That a report of concern was made, when, by whom: nothing else is kept (SoL 19:1, OSL 40:7 g)."""
    row_id = uuid4()
    key = new_data_key(
        municipality_id=actor.municipality_id,
        agency_id=actor.agency_id,
        scope=Scope.CONCERN,
        scope_id=row_id,
    )
    row = ReportMade.objects.create(
        id=row_id,
        municipality_id=actor.municipality_id,
        agency_id=actor.agency_id,
        membership_id=actor.member,
        unit_id=actor.unit,
        number=draw_number("A", today),
        made_at=made_at,
        how=how,
        received_by=seal(
            received_by, key=key, field="cases.report_made.received_by", row_id=row_id
        ),
    )
    record("report.note", object_type="cases.reportmade", object_id=row.id, basis="OROSANM")
    return row
