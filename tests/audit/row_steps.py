"""Rows to tamper with, and what the stand-alone verifier then finds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.utils import timezone

from audit import auditctl
from cases.models import Person, Protection
from cases.services.triage import Identity, register_person
from tests.audit.conftest import connect


def somebody(actor: Any, name: str = "Person Ett") -> Person:
    identity = Identity(name=name, birth_date="", number=None, protection=Protection.NONE)
    return register_person(actor=actor, identity=identity, now=timezone.now())


def faults(check: Callable[..., int], only: UUID | None = None) -> list[auditctl.Fault]:
    report = auditctl.Report(UUID(int=0))
    with connect("backup") as own:
        check(own, report, only=only)
    return report.faults


def kinds(check: Callable[..., int]) -> list[str]:
    return [fault.kind for fault in faults(check)]
