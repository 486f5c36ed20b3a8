"""An extract of the log, for a purpose."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils import timezone
from django.utils.translation import gettext as _

from access import extract
from access.log_review import sentences
from access.log_review.events import Line

# More than anybody reads; a larger question is asked day by day.
MOST = 5_000


def table(lines: Iterable[Line]) -> bytes:
    """The lines with their ids and hashes, by which `auditctl` finds each event again."""
    header = [
        _("Tid"), _("Vem"), _("Roll"), _("Händelse"), _("Uppgifter"), _("Nummer"),
        _("Utfall"), _("Udda"), _("Händelsens id"), _("Händelsens hash"),
    ]  # fmt: skip
    return extract.table(header, map(_row, lines))


def _row(line: Line) -> list[str]:
    event = line.event
    return [
        timezone.localtime(line.at).isoformat(timespec="seconds"),
        event.actor_name,
        sentences.role(event),
        line.sentence,
        line.details,
        line.case_number,
        event.outcome,
        ", ".join(line.reasons),
        str(line.id),
        bytes(event.leaf_hash).hex(),
    ]
