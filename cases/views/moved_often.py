"""What a page says beforehand of a date that has been moved often."""

from __future__ import annotations

from uuid import UUID

from django.utils.translation import gettext as _

from reminders.services import next_told_move

THIRD = 3


def told_beforehand(*, kind: str, subject_id: UUID) -> str:
    """That the manager will be told if the date is moved now, and of what; empty where nobody will be."""
    move = next_told_move(kind=kind, subject_id=subject_id)
    if not move:
        return ""
    how_often = (
        _("Flyttas dagen nu är det tredje gången.")
        if move == THIRD
        else _("Dagen har redan flyttats %(n)d gånger.") % {"n": move - 1}
    )
    what = _(
        "Då får chefen veta det: ärendets nummer och vem som ansvarar, inte vad det handlar om."
    )
    return f"{how_often} {what}"
