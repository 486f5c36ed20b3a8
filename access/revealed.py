"""What the door hands out: a row with as much of its sealed content as the actor may read, and why it was asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from django.utils.translation import gettext as _

from access.actor import Actor
from access.beside import Beside, others
from access.models.membership import in_sentence
from access.models.partition import PartitionModel
from access.policy import policy
from access.protection import protection_of

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
    actor: Actor
    relations: Mapping[str, str]

    @property
    def groups(self) -> frozenset[str]:
        """The field groups that are shown."""
        return frozenset(self.relations)

    @property
    def why(self) -> dict[str, str]:
        """Per shown field group: in which role and relation it is shown, on which basis and since when."""
        return {
            group: f"{_why(self.actor, relation)} {self._beside(relation).basis}".strip()
            for group, relation in self.relations.items()
        }

    @property
    def who_else(self) -> dict[str, list[str]]:
        """Per shown field group: who else may read it here, by name where the actor may know the name."""
        relations = list(protection_of(type(self.row)).relations)
        return {
            group: others(group, relations, self._beside(relation))
            for group, relation in self.relations.items()
        }

    def _beside(self, relation: str) -> Beside:
        beside = protection_of(type(self.row)).beside
        return beside(self.actor, self.row, relation) if beside else Beside()

    def __getattr__(self, name: str) -> str:
        try:
            return self.text[name]
        except KeyError:
            raise AttributeError(name) from None


def _why(actor: Actor, relation: str) -> str:
    return _("Du är %(role)s och %(relation)s.") % {
        "role": in_sentence(actor.role_label),
        "relation": _(policy().relations[relation]),
    }
