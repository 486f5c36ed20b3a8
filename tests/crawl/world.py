"""The world that is crawled: three municipalities, twelve cases each in every state, typed through the product's pages.

What a page cannot make – a day that has passed, a stage that comes by itself – is set in the database afterwards; then
every sealed cell gets a marker of its own (`tests.crypto.planting`).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg
from django.contrib.sessions.backends.db import SessionStore
from django.test import Client
from django.utils import timezone

from access.actor import actor_of
from access.models import LogReview, LogReviewItem
from access.request_transaction import work
from cases.models import Assignment, Attachment, Case
from cases.rules.identity_number import NotAnIdentityNumber, read_identity_number
from cases.services.triage import assign
from crypto.keys import Scope, new_data_key
from crypto.seal import seal
from sspf.story import member, seed_story
from sspf.story_paper import paper
from sspf.story_safety import seed_safety
from tests.cases import attachment_steps, steps, talk_steps
from tests.cast import Cast
from tests.crawl import asked, consents, extra_rows
from tests.crawl.expect import Cell, file_of, labels, sealed_of
from tests.crawl.markers import marker_of, text_of
from tests.crawl.people import PREFIX, TOWNS, Town, add_extras
from tests.crypto.planting import plant_everywhere

# What is typed where a marker shall stand inside a longer text, such as a draft's fields.
HOLE = "¤hål¤"
# Its value is the marker: a date or a number, of which no two cells of the world have the same.
VALUES = frozenset(
    {"cases.person.birth_date", "cases.person_identifier.value", "cases.summary.born"}
)
# One of a few codes, or answers to questions: only what stands where HOLE was typed is a marker.
FORMED = frozenset({"cases.feedback_answer.answer", "cases.summary.answers"})

# What is downloaded with a key of its own, in chunks.
FILE = "cases.attachment.file_key"

Superuser = psycopg.Connection[Any]


def build(superuser: Superuser) -> list[tuple[str, str, str]]:
    """Everything, in the database that Django's connection is to; gives (uid, row, what is sought) of each cell."""
    today = timezone.localdate()
    add_extras(today)
    seed_story()
    seed_safety(lambda who: actor_of(member(who)))
    cells: list[tuple[str, str, str]] = []
    for number, town in enumerate(TOWNS):
        made = _Cases(town, number, superuser)
        made.make()
        cells += made.files
    asked.everything(today)
    asked.told_without_a_case(HOLE)
    _beside(superuser, today)
    superuser.execute("SET session_replication_role = replica")

    def marked(uid: str, row: Any, text: str) -> str | None:
        """What the cell holds from now on; a field of fixed form keeps its form."""
        hole = json.dumps(HOLE)[1:-1]
        hole = hole if hole in text else HOLE
        if not text or (uid in FORMED and hole not in text):
            return None
        if uid == "cases.summary.born" and row.case_id:
            return None  # The person's own date, which is sought as theirs.
        marker = text if uid in VALUES else marker_of(uid, row.pk)
        cells.append((uid, str(row.pk), marker))
        if uid in VALUES:
            return None
        # Inside a draft's JSON: no quotes around the marker.
        return text.replace(hole, marker) if hole in text else text_of(uid, row.pk)

    plant_everywhere(superuser, marked)
    superuser.execute("SET session_replication_role = DEFAULT")
    return cells


def cells_by_text(written: Iterable[tuple[str, str, str]]) -> dict[str, Cell]:
    """Each form of what is sought → its cell; a date and a number can be written in more than one."""
    places = {
        uid: (label, group)
        for label in labels()
        for uid, group in (sealed_of(label) | file_of(label)).items()
    }
    found = {}
    for uid, row_id, sought in written:
        label, group = places[uid]
        for form in _forms(uid, sought):
            found[form] = Cell(uid, label, UUID(row_id), group)
    return found


def _forms(uid: str, sought: str) -> list[str]:
    if uid == "cases.person_identifier.value":
        return [sought, f"{sought[:8]}-{sought[8:]}", f"{sought[2:8]}-{sought[8:]}", sought[2:]]
    return [sought]


class _Cases:
    """Twelve cases of one municipality, each brought to its state."""

    def __init__(self, town: Town, number: int, superuser: Superuser) -> None:
        self.town, self.number, self.superuser = town, number, superuser
        self.coordinator = town.client("coordinator")
        self.worker, self.teacher = town.client("worker"), town.client("teacher")
        self.today = timezone.localdate()
        # (uid, row, marker) of each file's content.
        self.files: list[tuple[str, str, str]] = []

    def make(self) -> None:
        states: tuple[Callable[[str], None], ...] = (
            self.new,
            self.awaited,
            self.shared,
            self.partly_withdrawn,
            self.withdrawn,
            self.expired,
            self.replaced,
            self.declined,
            self.frozen_at_18,
            self.closed,
            self.resting_and_protected,
            self.being_written,
        )
        for place, state in enumerate(states):
            born = date(2007 if state == self.frozen_at_18 else 2010, 1, 5)
            state(self._taken(born + timedelta(days=29 * place + 3 * self.number)))
        # One that nobody has taken, and one that was declined.
        steps.tell(self.teacher)
        self._declined_concern()
        self.teacher.post("/oro/utkast/", steps.concern_fields(seen=HOLE))
        self.teacher.post(
            "/orosanmalan/",
            {
                "made_at": f"{self.today} 00:05",
                "how": "phone",
                "received_by": "Mottagningen",
            },
        )

    # ------------------------------------------------------------------------------------- the states

    def new(self, case: str) -> None:
        self._talk(case)

    def awaited(self, case: str) -> None:
        extra_rows.conflict(case, self.town, who="worker")
        consents.awaited(case, self.town)

    def shared(self, case: str) -> None:
        self._released(case)
        self._talk(case, held=True)
        self._followed_up(case)
        self._with_file(case)
        extra_rows.meeting(case, self.town, held=False)
        extra_rows.promised(case, self.town, guardian=True)
        asked.told_by_law(case, self.town, hole=HOLE)

    def partly_withdrawn(self, case: str) -> None:
        self._released(case)
        self._talk(case, held=True)
        self._followed_up(case)
        if self.town.code == "1495":
            extra_rows.opened(case, self.town, Cast().membership("socialsekreterare-utanfor"))
        extra_rows.meeting(case, self.town, held=True)
        consents.withdrawn(case, self.town, only_police=True)

    def withdrawn(self, case: str) -> None:
        self._released(case)
        self._talk(case, held=True)
        self._with_file(case)
        extra_rows.promised(case, self.town, guardian=False)
        consents.withdrawn(case, self.town, only_police=False)

    def expired(self, case: str) -> None:
        self._released(case)
        self._talk(case, held=True)
        pk = talk_steps.id_in(case)
        days = "interval '200 days'"
        self.superuser.execute(
            f"UPDATE cases_consent SET signed_on = signed_on - {days},"
            f" valid_from = valid_from - {days}, valid_to = valid_to - {days} WHERE case_id = %s",
            [pk],
        )
        self.superuser.execute(
            f"UPDATE cases_release SET until = until - {days} WHERE id IN"
            " (SELECT release_id FROM cases_disclosure WHERE case_id = %s)",
            [pk],
        )

    def replaced(self, case: str) -> None:
        self._consent(case)
        self._consent(case)

    def declined(self, case: str) -> None:
        self._set("cases_case", "stage = 'declined', closed_at = now()", talk_steps.id_in(case))

    def frozen_at_18(self, case: str) -> None:
        self._consent(case)
        self._set("cases_case", "stage = 'frozen'", talk_steps.id_in(case))

    def closed(self, case: str) -> None:
        self._released(case)
        self._talk(case, held=True)
        extra_rows.promised(case, self.town, guardian=False)
        with work(actor_of(self.town.member("coordinator"))):
            reason = _closing_reason(case)
        self._followed_up(case, then="close", reason=reason, next_on="")

    def resting_and_protected(self, case: str) -> None:
        self._consent(case)
        self._with_file(case)
        self._talk(case, held=True)
        self._set("cases_case", "stage = 'resting'", talk_steps.id_in(case))
        self.superuser.execute(
            "UPDATE cases_person SET protection = 'protected' WHERE id IN"
            " (SELECT person_id FROM cases_case WHERE id = %s)",
            [talk_steps.id_in(case)],
        )
        extra_rows.named(case, self.town, who=("coordinator", "worker"))

    def being_written(self, case: str) -> None:
        self._consent(case)
        officer = self.town.member("officer")
        steps.write_summary(self.worker, case, [officer.id])
        talk = self._talk(case)
        answer = self.worker.post(f"{talk}utkast/", talk_steps.notes(mapping=HOLE))
        assert answer.status_code == 204, answer.content.decode()

    # -------------------------------------------------------------------------------------- the steps

    def _taken(self, born: date) -> str:
        steps.tell(self.teacher)
        concern = steps.first_link(self.coordinator, "/inkommet/", "/inkommet/")
        case = steps.take(
            self.coordinator, concern, number=_number(born), birth_date=born.isoformat()
        )
        actor, pk = actor_of(self.town.member("coordinator")), talk_steps.id_in(case)
        with work(actor):
            for who in ("worker", "manager"):
                assign(
                    case=Case.objects.get(pk=pk),
                    membership_id=self.town.member(who).id,
                    lead=False,
                    today=self.today,
                )
        return case

    def _declined_concern(self) -> None:
        steps.tell(self.teacher)
        link = steps.first_link(self.coordinator, "/inkommet/", "/inkommet/")
        self.coordinator.post(link, {"act": "decline", "reason": "Annat stöd räcker"})

    def _consent(self, case: str) -> None:
        consents.signed(case, self.town)

    def _released(self, case: str) -> None:
        self._consent(case)
        officer = self.town.member("officer")
        summary = steps.write_summary(self.worker, case, [officer.id])
        answer = self.coordinator.post(summary, {"act": "approve", "seen_version": "0"})
        assert answer.status_code == 302, answer.content.decode()

    def _talk(self, case: str, *, held: bool = False) -> str:
        if not held:
            return talk_steps.invite(self.worker, case)
        texts = dict.fromkeys(_talk_texts(), "text") | {"original": "elsewhere"}
        talk = talk_steps.invite(self.worker, case)
        answer = self.worker.post(f"{talk}anteckningar/", talk_steps.finishing(**texts))
        assert answer.status_code == 302, answer.content.decode()
        answer = self.worker.post(talk, {"act": "add", "text": "Tillägg"})
        assert answer.status_code == 302, answer.content.decode()
        return talk

    def _with_file(self, case: str) -> None:
        """A file whose content is sought as a cell's text is."""
        marker = marker_of(FILE, talk_steps.id_in(case))
        answer = attachment_steps.upload(self.coordinator, case, paper((f"Bilaga {marker}",)))
        assert answer.status_code == 302, answer.content.decode()
        with work(actor_of(self.town.member("coordinator"))):
            (row,) = Attachment.objects.filter(case=talk_steps.id_in(case))
        self.files.append((FILE, str(row.pk), marker))

    def _followed_up(self, case: str, **changed: str) -> None:
        with work(actor_of(self.town.member("coordinator"))):
            row = Case.objects.get(pk=talk_steps.id_in(case)).follow_ups.get(state="planned")
        fields = talk_steps.follow_up_fields(row.version, responsible=str(row.responsible_id))
        answer = self.coordinator.post(f"/uppfoljning/{row.pk}/", fields | changed)
        assert answer.status_code == 302, answer.content.decode()

    def _set(self, table: str, what: str, pk: UUID) -> None:
        self.superuser.execute(f"UPDATE {table} SET {what} WHERE id = %s", [pk])


def _talk_texts() -> list[str]:
    from cases.rules.conversation_phases import TEXTS

    return list(TEXTS)


def _closing_reason(case: str) -> str:
    from cases.services.closing import reasons

    row = Case.objects.get(pk=talk_steps.id_in(case))
    return str(reasons(row, now=timezone.now())[0][0])


def _number(born: date) -> str:
    digits = f"{born:%Y%m%d}238"
    for check in range(10):
        try:
            read_identity_number(f"{digits}{check}")
        except NotAnIdentityNumber:
            continue
        return f"{digits}{check}"
    raise ValueError(born)


# ------------------------------------------------------------------------------- beside the cases


def _beside(superuser: Superuser, today: date) -> None:
    """Those who worked on cases before; what was typed when a session locked; a month's log review."""
    cast = Cast()
    former = cast.membership(PREFIX + "socialsekreterare-forr")
    with work(actor_of(cast.membership("koordinator"))):
        for case in Case.objects.all():
            Assignment.objects.create(
                municipality_id=case.municipality_id,
                agency_id=case.agency_id,
                case=case,
                membership=former,
                starts_on=today - timedelta(days=30),
                ends_on=today + timedelta(days=30),
                ended_at=timezone.now() - timedelta(days=1),
            )
    _hold_a_form("fritidsledare", "/oro/ny/", steps.concern_fields(seen=HOLE))
    for reviewer in ("logggranskare", PREFIX + "gotene-granskare"):
        _log_review(reviewer)


def _hold_a_form(who: str, path: str, fields: dict[str, str]) -> None:
    client: Client = Cast().client(who)
    session = SessionStore(client.session.session_key)
    session["seen"] = (datetime.now(UTC) - timedelta(minutes=16)).isoformat()
    session.save()
    assert client.post(path, fields).status_code == 302


def _log_review(who: str) -> None:
    actor = actor_of(Cast().membership(who))
    place = {"municipality_id": actor.municipality_id, "agency_id": actor.agency_id}
    month = timezone.localdate().replace(day=1) - timedelta(days=1)
    with work(actor):
        review = LogReview.objects.create(
            **place,
            month=month.replace(day=1),
            checkpoint_size=1,
            checkpoint_root=bytes(32),
            checkpoint_at=timezone.now(),
            events=1,
            drawn_at=timezone.now(),
        )
        item_id = uuid4()
        key = new_data_key(**place, scope=Scope.CASE, scope_id=review.id)
        LogReviewItem.objects.create(
            **place,
            id=item_id,
            review=review,
            place=1,
            event_id=uuid4(),
            about_user=uuid4(),
            note=seal("Anteckning", key=key, field="access.log_review_item.note", row_id=item_id),
        )
