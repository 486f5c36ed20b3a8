"""What the log's keys are called in plain words. A test fails on an action that has none here."""

from __future__ import annotations

from collections.abc import Mapping

from access.log_review.words.act import OPEN, Act
from access.log_review.words.case_actions import CASE_ACTIONS
from access.log_review.words.codes import BASES, FAULTS, PURPOSES, RELATIONS
from access.log_review.words.objects import OBJECTS
from access.log_review.words.own_actions import OWN_ACTIONS
from access.log_review.words.safety_actions import SAFETY_ACTIONS

__all__ = ["ACTIONS", "BASES", "FAULTS", "OBJECTS", "OPEN", "PURPOSES", "RELATIONS", "Act"]

ACTIONS: Mapping[str, Act] = {**OWN_ACTIONS, **CASE_ACTIONS, **SAFETY_ACTIONS}
