"""The register of disclosures, per unit and per case: what is chosen of it, and an extract for a purpose."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from access import door, extract
from access.actor import Actor
from access.door import Revealed
from access.policy import Action
from access.request_transaction import record
from cases.models import Case, Disclosure, Protection, Summary, SummaryState
from cases.rules.legal_basis import version_of
from cases.rules.protection import Closed, closes

# More than anybody reads; a larger question is asked for a shorter time.
MOST = 500
MOST_IN_EXTRACT = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """Of the register: what was decided from since to until, to one agency, on one basis, in one case; None is all."""

    since: date | None = None
    until: date | None = None
    to: str = ""
    basis: str = ""
    case: UUID | None = None

    def of(self, rows: QuerySet[Disclosure]) -> QuerySet[Disclosure]:
        asked = {
            "decided_at__date__gte": self.since,
            "decided_at__date__lte": self.until,
            "to_agency": self.to,
            "basis": self.basis,
            "case_id": self.case,
        }
        return rows.filter(**{name: value for name, value in asked.items() if value})


def registered(
    actor: Actor, chosen: Chosen, *, action: Action = Action.LIST
) -> QuerySet[Disclosure]:
    rows = door.visible(actor, Disclosure, action=action)
    return chosen.of(rows.select_related("case", "decided_by__user", "end"))


def waiting(actor: Actor, chosen: Chosen) -> list[Revealed[Summary]]:
    """What is proposed and not yet decided on, or sent back: the latest first."""
    rows = door.visible(actor, Summary).filter(
        state__in=(SummaryState.DRAFT, SummaryState.RETURNED)
    )
    if chosen.case:
        rows = rows.filter(case_id=chosen.case)
    return door.reveal(actor, rows.select_related("case")[:MOST], door.Purpose.LIST, groups=())


def case_of_register(actor: Actor, chosen: Chosen) -> Case | None:
    return door.visible(actor, Case).filter(pk=chosen.case).first() if chosen.case else None


def may_take_out(actor: Actor) -> bool:
    return door.may_at_all(actor, "disclosure", Action.EXPORT)


def take_out(actor: Actor, chosen: Chosen, *, purpose: str) -> bytes:
    """The chosen rows as a table, without those of protected persons; noted with its purpose. Raises NotHere."""
    door.demand_of_role(actor, Disclosure, "disclosure", Action.EXPORT)
    today = timezone.localdate()
    hidden = [one for one in Protection if closes(one, Closed.EXPORT, today)]
    rows = registered(actor, chosen, action=Action.EXPORT).exclude(
        case__person__protection__in=hidden
    )
    shown = door.reveal(actor, rows[:MOST_IN_EXTRACT], door.Purpose.LIST, groups=())
    case = case_of_register(actor, chosen)
    record(
        "disclosure.export",
        object_type="cases.disclosure",
        object_id=None,
        case=(case.id, case.number) if case else (None, ""),
        purpose=purpose,
    )
    return extract.table(_header(), [_cells(one.row) for one in shown])


def _header() -> Sequence[str]:
    return [
        _("Beslutat"), _("Berättat"), _("Ärende"), _("Till"), _("Enhet"), _("Verksamhet"),
        _("Grund"), _("Bestämmelse"), _("Syfte"), _("Hur"), _("Beslutat av"), _("Upphörde"),
    ]  # fmt: skip


def _cells(row: Disclosure) -> Sequence[str]:
    rule, end = version_of(row.basis, row.basis_version), getattr(row, "end", None)
    return [
        timezone.localtime(row.decided_at).isoformat(timespec="minutes"),
        row.happened_on.isoformat() if row.happened_on else "",
        row.case.number if row.case else "",
        row.to_names,
        row.to_unit_name,
        row.to_agency_name,
        rule.title,
        rule.provision,
        rule.purpose,
        row.get_channel_display(),
        row.decided_by.user.name,
        timezone.localdate(end.ended_at).isoformat() if end else "",
    ]
