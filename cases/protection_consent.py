"""How consents, who answers for the child, and what is noted of both stand behind the door."""

from __future__ import annotations

from django.db.models import Q

from access.protection import Protection, protect
from cases.bars import bars_on_case, bars_on_person, conditions_on_case
from cases.beside import beside_consent
from cases.models import Consent, ConsentEvent, ConsentSigner, Guardian, GuardianCorrection
from cases.models.consent import ANSWERS
from cases.relations import case_of, works_on
from cases.relations_timed import opened


def put_behind_the_door() -> None:
    protect(
        Guardian,
        Protection(
            head="guardian",
            bars=bars_on_person("person_id"),
            relations={
                "assigned": works_on("case__person_id", "person_id"),
                "break_glass": opened("case__person_id", "person_id"),
            },
            sealed={"guardian": ("name",), "contact": ("phone", "address")},
        ),
    )
    protect(
        GuardianCorrection,
        Protection(
            head="guardian",
            bars=bars_on_person("guardian__person_id"),
            relations={"assigned": works_on("case__person__guardians", "guardian_id")},
            sealed={"guardian": ("name_was", "reason")},
        ),
    )
    protect(
        Consent,
        Protection(
            head="consent",
            beside=beside_consent,
            bars=bars_on_case("case_id"),
            conditions=conditions_on_case("case_id"),
            relations={
                "assigned": works_on("case_id", "case_id"),
                "unit_manager": works_on("case_id", "case_id", of_unit=True),
            },
            sealed={"consent": ("signed_by", "not_shared", "contact", "interpreter")},
            case=case_of,
        ),
    )
    protect(
        ConsentEvent,
        Protection(
            head="consent",
            bars=bars_on_case("consent__case_id"),
            conditions=conditions_on_case("consent__case_id"),
            relations={
                "assigned": works_on("case__consents", "consent_id"),
                "unit_manager": works_on("case__consents", "consent_id", of_unit=True),
            },
            kinds={"consent_view": Q(kind__in=ANSWERS)},
            sealed={"consent_note": ("note", "read_by")},
            case=lambda row: case_of(row.consent),
        ),
    )
    protect(
        ConsentSigner,
        Protection(
            head="consent",
            bars=bars_on_case("consent__case_id"),
            conditions=conditions_on_case("consent__case_id"),
            relations={
                "assigned": works_on("case__consents", "consent_id"),
                "unit_manager": works_on("case__consents", "consent_id", of_unit=True),
            },
            case=lambda row: case_of(row.consent),
        ),
    )
