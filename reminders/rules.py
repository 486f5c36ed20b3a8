"""The timers as dated data, compiled from `rules.toml`; pure, asked with the day as an argument."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

from reminders import working_days

TABLE = Path(__file__).with_name("rules.toml")


class Channel(StrEnum):
    INAPP = "inapp"
    MAIL = "mail"


class Recipient(StrEnum):
    """Who a stage is for; resolved to somebody in force when it is sent, not when it is set."""

    RESPONSIBLE = "responsible"
    MANAGER = "manager"
    DEPUTY = "deputy"
    SUBSTITUTE = "substitute"


class RuleError(Exception):
    """The table is wrong, or has no row for what was asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    at: int
    to: Recipient
    channels: tuple[Channel, ...]
    text: str
    at_once: bool
    any_hour: bool = False
    hour: time | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Timer:
    kind: str
    valid_from: date
    basis: str
    term: int | None
    working: bool
    statutory: bool
    stand_ins: tuple[str, ...]
    stages: tuple[Stage, ...]

    def count(self, day: date, days: int) -> date:
        return (
            working_days.add_working_days(day, days) if self.working else day + timedelta(days=days)
        )

    def legal_limit(self, due_on: date) -> date:
        """The last day by law (lag 1930:173): a day off gives the next working day. We work by `due_on` itself."""
        return working_days.next_working_day(due_on) if self.statutory else due_on

    def due_after(self, day: date) -> date:
        """The due date counted from `day`; a timer without a term must be given its date."""
        if self.term is None:
            raise RuleError(f"{self.kind}: give due_on, the table has no term for it")
        return self.count(day, self.term)


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """One reminder that a deadline has: when, how, to whom. `past` ones are on record but never sent."""

    stage: int
    to: Recipient
    channel: Channel
    text: str
    fire_at: datetime
    any_hour: bool
    past: bool


@dataclass(frozen=True, slots=True)
class Rules:
    hour: time
    timers: tuple[Timer, ...]

    def timer(self, kind: str, day: date) -> Timer:
        """The row that holds for deadlines of `kind` set on `day`."""
        rows = [t for t in self.timers if t.kind == kind and t.valid_from <= day]
        if not rows:
            raise RuleError(f"no timer for {kind} on {day}")
        return max(rows, key=lambda t: t.valid_from)

    def plan(self, kind: str, *, due_on: date, now: datetime, announce: bool) -> list[Planned]:
        """Every reminder of a deadline set `now`: its full set, so that a missing one can be found.

        What should have been sent on a day before today is marked as past; of the stages from the due day on
        nothing is left out, since a deadline that is set late still has to be acted on. `announce` sends the
        stages marked `at_once`: when the deadline is new, or new to somebody.
        """
        today = working_days.local_date(now)
        timer = self.timer(kind, today)
        return [
            self._planned(timer, stage, channel, due_on=due_on, now=now, announce=announce)
            for stage in timer.stages
            for channel in stage.channels
        ]

    def _planned(
        self,
        timer: Timer,
        stage: Stage,
        channel: Channel,
        *,
        due_on: date,
        now: datetime,
        announce: bool,
    ) -> Planned:
        day = timer.count(due_on, stage.at)
        if stage.at_once:
            fire_at, past = now, not announce
        else:
            fire_at = max(working_days.local_moment(day, stage.hour or self.hour), now)
            past = stage.at < 0 and day < working_days.local_date(now)
        if channel is Channel.MAIL and not stage.any_hour:
            fire_at = working_days.next_open(fire_at)
        return Planned(
            stage=stage.at,
            to=stage.to,
            channel=channel,
            text=stage.text,
            fire_at=fire_at,
            any_hour=stage.any_hour,
            past=past,
        )


def compile_rules(table: Mapping[str, Any]) -> Rules:
    timers = tuple(
        Timer(
            kind=row["kind"],
            valid_from=row["valid_from"],
            basis=row["basis"],
            term=row.get("term"),
            working={"working": True, "calendar": False}[row["days"]],
            statutory=row.get("statutory", False),
            stand_ins=tuple(row.get("stand_ins", ())),
            stages=tuple(_stage(stage) for stage in row["stages"]),
        )
        for row in table["timer"]
    )
    for timer in timers:
        keys = [(stage.at, stage.to) for stage in timer.stages]
        if len(set(keys)) != len(keys):
            raise RuleError(f"{timer.kind}: two stages on the same day to the same recipient")
    return Rules(table["fire"]["hour"], timers)


def _stage(row: Mapping[str, Any]) -> Stage:
    return Stage(
        at=row["at"],
        to=Recipient(row["to"]),
        channels=tuple(Channel(channel) for channel in row["channels"]),
        text=row["text"],
        at_once=row.get("at_once", False),
        any_hour=row.get("any_hour", False),
        hour=row.get("hour"),
    )


@cache
def rules() -> Rules:
    return compile_rules(tomllib.loads(TABLE.read_text(encoding="utf-8")))
