"""An extract of the log as a table for a spreadsheet, in which no cell can become a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

from django.utils import timezone
from django.utils.translation import gettext as _

from access.log_review import sentences
from access.log_review.events import Line

# More than anybody reads; a larger question is asked day by day.
MOST = 5_000
# What a spreadsheet may take for a formula (OWASP ASVS 5.0, 1.2.10).
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def table(lines: Iterable[Line]) -> bytes:
    """The lines with their ids and hashes, by which `auditctl` finds each event again."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow(
        [
            _("Tid"), _("Vem"), _("Roll"), _("Händelse"), _("Uppgifter"), _("Nummer"),
            _("Utfall"), _("Udda"), _("Händelsens id"), _("Händelsens hash"),
        ]
    )  # fmt: skip
    for line in lines:
        event = line.event
        row = (
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
        )
        writer.writerow([safe(cell) for cell in row])
    # The mark at the start tells spreadsheets that it is UTF-8.
    return text.getvalue().encode("utf-8-sig")


def safe(cell: str) -> str:
    """The cell as text only."""
    return f"'{cell}" if cell.startswith(FORMULA) else cell
