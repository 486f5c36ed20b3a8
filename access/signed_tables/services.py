"""Recording who signed a table on paper, and saying whether its present version is signed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from access import door
from access.actor import Actor
from access.models import SignedTable
from access.policy import Action, policy
from access.request_transaction import record
from access.signed_tables.tables import Table, table_called

GROUP = "signed_table"


@dataclass(frozen=True, slots=True)
class SignedState:
    """Who has signed what the table says now (newest first), and otherwise the latest who signed what it said before."""

    table: Table
    signatures: tuple[SignedTable, ...]
    earlier: SignedTable | None

    @property
    def signed(self) -> bool:
        return bool(self.signatures)


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperSignature:
    """What the signed paper says of who signed it."""

    signed_by: str
    title: str
    signed_on: date
    paper_reference: str


def may_record(actor: Actor) -> bool:
    return bool(policy().ways(actor.role, GROUP, Action.CREATE))


def signed_states(actor: Actor, asked: Iterable[Table]) -> list[SignedState]:
    """One question for all of them."""
    wanted = list(asked)
    by_table: dict[str, list[SignedTable]] = {table.code: [] for table in wanted}
    for row in door.visible(actor, SignedTable).filter(table__in=by_table):
        by_table[row.table].append(row)
    return [_state(table, by_table[table.code]) for table in wanted]


def signed_state(actor: Actor, code: str) -> SignedState | None:
    """For the foot of a page that rests on the table; None for a role that does not see who signed what."""
    if not policy().ways(actor.role, GROUP, Action.LIST):
        return None
    [state] = signed_states(actor, [table_called(code)])
    return state


def record_signature(
    *, actor: Actor, table: Table, signature: PaperSignature, now: datetime
) -> SignedTable:
    """Notes that the present version is signed on paper. Recorded twice it is one row."""
    row, new = SignedTable.objects.get_or_create(
        municipality_id=actor.municipality_id,
        agency_id=actor.agency_id,
        table=table.code,
        sha256=table.sha256,
        signed_by=signature.signed_by,
        title=signature.title,
        signed_on=signature.signed_on,
        paper_reference=signature.paper_reference,
        defaults={
            "version": table.version,
            "recorded_by_id": actor.member,
            "recorded_at": now,
        },
    )
    if new:
        record("table.sign", object_type="access.signedtable", object_id=row.id)
    return row


def _state(table: Table, rows: list[SignedTable]) -> SignedState:
    present = tuple(row for row in rows if row.sha256 == table.sha256)
    earlier = next((row for row in rows if row.sha256 != table.sha256), None)
    return SignedState(table, present, None if present else earlier)
