"""What the door hands out: a row with as much of its sealed content as the actor may read, and why it was asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from access.log_review.words import RELATIONS
from access.models.partition import PartitionModel
from access.policy import policy

M = TypeVar("M", bound=PartitionModel)


class Purpose(StrEnum):
    """Why something is read; written in the log."""

    LIST = "list"
    CASE_WORK = "case_work"
    TRIAGE = "triage"
    INTAKE = "intake"
    RECEIPT = "receipt"
    APPROVAL = "approval"
    RELEASED = "released"
    DRAFT = "draft"
    LOG_REVIEW = "log_review"
    SEARCH = "search"
    EMERGENCY = "emergency"
    BREAK_GLASS_REVIEW = "break_glass_review"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Revealed(Generic[M]):
    """A row with as much of its sealed content as the actor may read; hand this to templates.

    `text` holds the opened fields of the permitted groups only; `why` and `who_else` answer the questions
    beside each section.
    """

    row: M
    text: Mapping[str, str]
    groups: frozenset[str]
    why: Mapping[str, str]

    @property
    def who_else(self) -> dict[str, list[str]]:
        """Per shown field group: the roles, and the relation each needs, that may read it here."""
        return {
            group: [
                f"{role.label}, {RELATIONS[relation]}"
                for role, relation in policy().who_else(group)
            ]
            for group in self.groups
        }

    def __getattr__(self, name: str) -> str:
        try:
            return self.text[name]
        except KeyError:
            raise AttributeError(name) from None
