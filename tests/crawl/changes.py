"""Random changes to the world: people come, go and change rôle; cases, consents, releases, bars begin and end."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from random import Random
from typing import Any
from uuid import UUID

from django.apps import apps
from django.utils import timezone

from access.actor import system_actor
from access.models import Membership, Role, Unit
from access.request_transaction import set_partition
from cases.models import (
    Assignment,
    Case,
    Concern,
    Conflict,
    ConsentEvent,
    NamedAccess,
    Person,
    PoliceRequest,
    ReceivedReport,
    ReceiverConflict,
    ReleaseEnd,
    ReleaseReader,
)
from cases.models.person import Protection
from crypto.sealed import Sealed
from tests.crawl.graph import Graph, Row


class Changing:
    """The database and a graph of its own, changed together; the caller rolls the database back."""

    def __init__(self, graph: Graph, draw: Random) -> None:
        self.graph, self.draw = graph.copied(), draw

    def some_change(self) -> None:
        self.draw.choice(CHANGES)(self)
        self.graph.forget()

    # ------------------------------------------------------------------------------------------ people

    def somebody_new(self) -> None:
        """Any rôle in any unit of any municipality, with a membership that may have ended or not begun."""
        unit = self.draw.choice(list(Unit.objects.select_related("agency").order_by("id")))
        like = self._some(self.graph.members.values())
        days = self.draw.randint(-2, 2)
        made = Membership.objects.create(
            user_id=like.user_id,
            municipality_id=unit.agency.municipality_id,
            agency=unit.agency,
            unit=unit,
            role=self.draw.choice(list(Role)),
            starts_on=self.graph.today - timedelta(days=self.draw.randint(0, 9) + days),
            ends_on=self.graph.today + timedelta(days=9 + days),
        )
        values = {f.attname: getattr(made, f.attname) for f in made._meta.fields}
        self.graph.members[made.pk] = Row(**values, is_active=like.is_active)

    def put_on_a_case(self) -> None:
        case = self._some(self.graph.all("cases.case"))
        self._enter(case)
        start, who = self.draw.randint(-3, 1), self._colleague(case)
        if any(
            one.membership_id == who.id
            for one in self.graph.where("cases.assignment", "case_id", case.id)
        ):
            return
        self._made(
            Assignment,
            case,
            case_id=case.id,
            membership_id=who.id,
            starts_on=self.graph.today + timedelta(days=start),
            ends_on=self.graph.today + timedelta(days=start + self.draw.randint(0, 4)),
            ended_at=timezone.now() if self.draw.random() < 0.2 else None,
        )

    def taken_off(self) -> None:
        self._changed(Assignment, "cases.assignment", ended_at=timezone.now())

    # ------------------------------------------------------------------------------------------- cases

    def another_stage(self) -> None:
        stage = self.draw.choice(["new", "active", "frozen", "closed", "declined", "resting"])
        self._changed(Case, "cases.case", stage=stage)

    def concern_taken(self) -> None:
        self._changed(Concern, "cases.concern", state=self.draw.choice(["new", "taken"]))

    def consent_withdrawn(self) -> None:
        consent = self._some(self.graph.all("cases.consent"))
        self._enter(consent)
        self._made(
            ConsentEvent,
            consent,
            consent_id=consent.id,
            kind="withdrawn",
            at=timezone.now(),
            channel="phone",
            recorded_by=self._colleague(consent).id,
        )

    # ---------------------------------------------------------------------------------------- releases

    def named_reader(self) -> None:
        release = self._some(self.graph.all("cases.release"))
        self._enter(release)
        reader = self._colleague(release)
        self._made(ReleaseReader, release, release_id=release.id, membership_id=reader.id)

    def release_ended(self) -> None:
        release = self._some(self.graph.all("cases.release"))
        self._enter(release)
        self._made(ReleaseEnd, release, release_id=release.id, ended_at=timezone.now())

    # -------------------------------------------------------------------------------------------- bars

    def protected(self) -> None:
        level = self.draw.choice(list(Protection))
        self._changed(Person, "cases.person", protection=level)

    def named(self) -> None:
        person = self._some(self.graph.all("cases.person"))
        self._enter(person)
        who = self._colleague(person)
        taken = {
            one.membership_id
            for one in self.graph.where("cases.namedaccess", "person_id", person.id)
        }
        if who.id not in taken:
            self._made(
                NamedAccess,
                person,
                person_id=person.id,
                membership_id=who.id,
                starts_on=self.graph.today - timedelta(days=self.draw.randint(-1, 3)),
                ends_on=self.graph.today + timedelta(days=self.draw.randint(1, 3)),
                named_by_id=who.id,
                named_at=timezone.now(),
                reason=self._any_seal(NamedAccess),
            )

    def conflict(self) -> None:
        person = self._some(self.graph.all("cases.person"))
        self._enter(person)
        who = self._colleague(person)
        if not any(
            one.person_id == person.id
            for one in self.graph.where("cases.conflict", "about_user", who.user_id)
        ):
            self._made(
                Conflict,
                person,
                person_id=person.id,
                about_user=who.user_id,
                membership_id=who.id,
                kind="family",
                registered_by_id=who.id,
                registered_at=timezone.now(),
                reason=self._any_seal(Conflict),
            )

    def conflict_at_the_receiver(self) -> None:
        """A reader of a release, or whoever is called, says so; sometimes it has been ended."""
        label = self.draw.choice(["cases.release", "cases.meetingcall"])
        row = self._some(self.graph.all(label))
        self._enter(row)
        column = "release_id" if label == "cases.release" else "call_id"
        readers = self.graph.where("cases.releasereader", "release_id", row.id)
        named = {one.membership_id for one in readers} or {row.membership_id}
        who = self._some(m for m in self.graph.members.values() if m.id in named)
        said = self.graph.where("cases.receiverconflict", "about_user", who.user_id)
        if any(getattr(one, column) == row.id for one in said):
            return
        self._made(
            ReceiverConflict,
            row,
            about_user=who.user_id,
            membership_id=who.id,
            unit_id=who.unit_id,
            kind="family",
            number=row.number,
            from_agency_name=row.from_agency_name,
            contact="",
            declared_at=timezone.now(),
            ended_at=timezone.now() if self.draw.random() < 0.3 else None,
            **{column: row.id},
        )

    def told_about(self) -> None:
        """A report or a police question is linked to somebody known there."""
        model: type[Any] = self.draw.choice([ReceivedReport, PoliceRequest])
        label = model._meta.label_lower
        row = self._some(self.graph.all(label))
        known = [one for one in self.graph.all("cases.person") if one.agency_id == row.agency_id]
        if known:
            self._enter(row)
            model._default_manager.filter(pk=row.id).update(person_id=self._some(known).id)
            self._learn(model, row.id)

    # ---------------------------------------------------------------------------------------- by hand

    def _some(self, rows: Any) -> Row:
        # In the order they were read or made: ids are new in every run.
        chosen: Row = self.draw.choice(list(rows))
        return chosen

    def _colleague(self, row: Row) -> Row:
        return self._some(m for m in self.graph.members.values() if m.agency_id == row.agency_id)

    @staticmethod
    def _enter(row: Row) -> None:
        set_partition(
            system_actor(name="", municipality_id=row.municipality_id, agency_id=row.agency_id)
        )

    @staticmethod
    def _any_seal(model: type[Any]) -> Any:
        """A seal of nothing: in these tests nothing is opened."""
        uid = model._meta.get_field("reason").uid
        return Sealed(bytes(64), uid=uid)

    def _made(self, model: type[Any], beside: Row, **values: Any) -> None:
        place = {"municipality_id": beside.municipality_id, "agency_id": beside.agency_id}
        self._learn(model, model.objects.create(**place, **values).pk)

    def _changed(self, model: type[Any], label: str, **values: Any) -> None:
        row = self._some(self.graph.all(label))
        self._enter(row)
        model.objects.filter(pk=row.id).update(**values)
        self._learn(model, row.id)

    def _learn(self, model: type[Any], pk: UUID) -> None:
        values = model.objects.filter(pk=pk).values().get()
        self.graph.rows[model._meta.label_lower][pk] = Row(**values)


CHANGES: tuple[Callable[[Changing], None], ...] = (
    Changing.somebody_new,
    Changing.put_on_a_case,
    Changing.put_on_a_case,
    Changing.taken_off,
    Changing.another_stage,
    Changing.concern_taken,
    Changing.consent_withdrawn,
    Changing.named_reader,
    Changing.release_ended,
    Changing.protected,
    Changing.named,
    Changing.conflict,
    Changing.conflict_at_the_receiver,
    Changing.told_about,
)


def model_of(label: str) -> type[Any]:
    return apps.get_model(label)
