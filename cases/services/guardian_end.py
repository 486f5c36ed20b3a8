"""No guardian from the 18th birthday on (FB 6:2). A leaf: whatever ends a consent at eighteen may call it."""

from __future__ import annotations

from datetime import date, timedelta

from access.request_transaction import record
from cases.models import Case, Guardian


def end_guardians_at_eighteen(case: Case, birthday: date) -> None:
    eve = birthday - timedelta(days=1)
    for guardian in Guardian.objects.filter(person_id=case.person_id).exclude(ends_on__lte=eve):
        guardian.ends_on = max(eve, guardian.starts_on)
        guardian.save(update_fields=["ends_on"])
        note_guardian("guardian.end", guardian, case)


def note_guardian(action: str, guardian: Guardian, case: Case) -> None:
    record(
        action,
        object_type="cases.guardian",
        object_id=guardian.id,
        case=(case.id, case.number),
    )
