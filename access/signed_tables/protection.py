"""Who signed which table is the municipality's own knowledge: it holds no person of a case."""

from __future__ import annotations

from django.db.models import Q
from django.utils.translation import gettext as _

from access.models import SignedTable
from access.policy import TABLE
from access.protection import Protection, protect
from access.signed_tables.policy_sections import policy_sections
from access.signed_tables.tables import POLICY, Table, register_table


def put_behind_the_door() -> None:
    """Called once, when the app is ready."""
    protect(
        SignedTable,
        Protection(
            head="signed_table",
            relations={"joint": lambda actor: Q(municipality_id=actor.municipality_id)},
        ),
    )
    register_table(
        Table(code=POLICY, file=TABLE, title=lambda: _("Vem får se vad"), sections=policy_sections)
    )
