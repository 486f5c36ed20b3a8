"""Åtaganden: what is promised reminds the adult whom the family chose, until it is done, given up or has no ground."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.utils import timezone

from access import door
from access.request_transaction import work
from audit.models import AuditEvent
from cases.models import Assignment, Case, CommitmentState, Guardian, Person
from cases.services import commitment as service
from cases.services.leaving import end_membership
from cases.services.ownerless import find_everywhere
from cases.services.protection import name_all
from cases.services.refusals import ChangedMeanwhile
from reminders.models import Deadline, Reminder
from reminders.services import can_finish
from tests.cases import steps, talk_steps
from tests.cases import test_meeting as meetings
from tests.cases.commitment_steps import PROMISE, all_of, deadlines, fields, promised
from tests.cases.test_constant_queries import queries
from tests.cases.test_double_click import at_once
from tests.cast import Cast

MINE = "own_commitment"
WORKER, LEAD = "socialsekreterare", "koordinator"


@pytest.fixture
def case(cast: Cast) -> str:
    """Open, under a consent; the social worker works in it beside the coordinator who leads it."""
    return talk_steps.active(cast)


def answer(cast: Cast, path: str, act: str, *, seen: int = 0, **more: str) -> int:
    form = {"act": act, "seen_version": str(seen)} | more
    return cast.client(WORKER).post(path, form).status_code


def test_elins_own_promise_reminds_the_adult_she_chose_and_one_press_ends_it(
    cast: Cast, case: str
) -> None:
    """S1: "one is Elin's own … Reminders reach owners"."""
    paths = [promised(cast, cast.client(LEAD), case, adult=WORKER) for _ in service.ENDS]
    assert deadlines(cast) == [(MINE, "open", cast.membership(WORKER).id)] * len(paths)
    for page in (case, paths[0], talk_steps.follow_up_page(cast, case)):
        shown = cast.client(WORKER).get(page).content.decode()
        assert PROMISE in shown, page
        # Each form with its token, also those of an included part.
        assert shown.count('method="post"') == shown.count("csrfmiddlewaretoken"), page
        assert (f'href="{case}atagande/"' in shown) == (page != paths[0])
    with time_machine.travel(f"{talk_steps.ahead(20)}T09:00:00+01:00", tick=True):
        assert paths[0] in cast.client(WORKER).get("/").content.decode()
    for path, state in zip(paths, service.ENDS, strict=True):
        assert answer(cast, path, state.value) == 302
        # Pressed again, by whom the page still shows it open: nothing changes, and it is said.
        assert [answer(cast, path, "dropped", seen=seen) for seen in (0, 1)] == [409, 409]
        page = cast.client(LEAD).get(path).content.decode()
        assert str(state.label) in page
        assert "Flytta dagen" not in page
    assert [row.state for row in all_of(cast)] == [state.value for state in service.ENDS]
    assert {row.closed_by_id for row in all_of(cast)} == {cast.membership(WORKER).id}
    assert [state for _kind, state, _who in deadlines(cast)] == ["done", "done", "cancelled"]


def test_a_guardian_promises_by_name_and_a_colleague_answers_for_their_own(
    cast: Cast, case: str
) -> None:
    coordinator, worker = cast.client(LEAD), cast.membership(WORKER)
    with work(cast.actor(LEAD)):
        guardian = Guardian.objects.get()
    promised(cast, coordinator, case, adult=LEAD, promiser=f"guardian:{guardian.pk}")
    promised(cast, coordinator, case, adult=LEAD, promiser=f"colleague:{worker.id}")
    assert deadlines(cast) == [
        (MINE, "open", cast.membership(LEAD).id),
        ("commitment_due", "open", worker.id),
    ]
    page = coordinator.get(case).content.decode()
    assert "Maria Persson, vårdnadshavare, till" in page
    assert f"{worker.user.name}, till" in page
    with work(cast.actor(WORKER)):
        mine, theirs = Deadline.objects.filter(route="commitment_detail").order_by("kind")
        # The inbox: one's own can be called done there, a promise of the family's is asked about.
        assert (can_finish(mine), can_finish(theirs)) == (True, False)
        service.keep_from_inbox(cast.actor(WORKER), mine)
    assert [row.state for row in all_of(cast)] == ["open", "kept"]


def test_what_is_missing_is_said_at_the_field_and_what_was_typed_stays(
    cast: Cast, case: str
) -> None:
    wrong: list[tuple[dict[str, str], str]] = [
        ({"promise": ""}, "Skriv vad som är lovat"),
        ({"promiser": ""}, "Välj vem som har lovat"),
        ({"adult": ""}, "Välj vem som ska påminna"),
        ({"adult": str(cast.membership("larare").id)}, "Det du valde går inte att välja längre"),
        ({"promiser": f"guardian:{uuid4()}"}, "id_promiser_error"),
        ({"due_on": "2020-01-01"}, "Välj en dag som kommer efter i dag"),
        ({"due_on": "2099-01-01"}, "Välj en dag inom ett år"),
    ]
    coordinator = cast.client(LEAD)
    for changed, message in wrong:
        form = fields(cast.membership(LEAD).id) | changed
        refused = coordinator.post(f"{case}atagande/", form)
        page = refused.content.decode()
        assert refused.status_code == 422, message
        assert message in page
        assert form["due_on"] in page
        assert form["promise"] in page
    assert all_of(cast) == []


def test_another_day_needs_a_reason_another_adult_is_told_and_an_old_page_changes_nothing(
    cast: Cast, case: str
) -> None:
    path = promised(cast, cast.client(LEAD), case, adult=WORKER)
    day = talk_steps.ahead(40).isoformat()
    assert answer(cast, path, "move", due_on=day) == 422
    assert answer(cast, path, "move", due_on=day, why="absent") == 302
    lead = cast.membership(LEAD).id
    assert answer(cast, path, "adult", adult=str(lead)) == 409
    assert answer(cast, path, "adult", adult=str(cast.membership("larare").id), seen=1) == 422
    assert answer(cast, path, "adult", adult=str(lead), seen=1) == 302
    (row,) = all_of(cast)
    assert (row.due_on.isoformat(), row.adult_id) == (day, lead)
    assert deadlines(cast) == [(MINE, "open", lead)]
    for version, later in ((2, 50), (3, 60)):
        page = cast.client(LEAD).get(path).content.decode()
        assert ("får chefen veta det" in page) == (version == 3)
        move = {"due_on": talk_steps.ahead(later).isoformat(), "why": "waiting"}
        assert answer(cast, path, "move", seen=version, **move) == 302
    with work(cast.actor(LEAD)):
        assert Reminder.objects.filter(text="moved_often", recipient="manager").count() == 1
        said = AuditEvent.objects.filter(action__startswith="commitment.", object_id=row.pk)
        assert sorted(said.values_list("action", flat=True)) == [
            "commitment.adult",
            "commitment.make",
            *["commitment.move"] * 3,
        ]


def test_without_consent_nobody_is_reminded_and_with_a_new_one_they_are_again(
    cast: Cast, case: str
) -> None:
    coordinator = cast.client(LEAD)
    path = promised(cast, coordinator, case, adult=WORKER)
    steps.withdraw(coordinator, case, meetings.ticks(cast))
    assert deadlines(cast) == [(MINE, "cancelled", cast.membership(WORKER).id)]
    # Domain.md 4.3: "frozen, coordinator … only"; S3: "no new notes".
    assert cast.client(WORKER).get(path).status_code == 404
    page = coordinator.get(path).content.decode()
    assert PROMISE in page
    assert 'value="not_kept"' not in page
    assert coordinator.post(path, {"act": "kept", "seen_version": "0"}).status_code == 409
    form = fields(cast.membership(LEAD).id)
    assert coordinator.post(f"{case}atagande/", form).status_code == 409
    steps.consent(coordinator, case, [cast.membership("larare").agency_id])
    assert [state for _kind, state, _who in deadlines(cast)] == ["cancelled", "open"]
    assert answer(cast, path, "kept") == 302


def test_whom_the_page_no_longer_offers_is_refused_by_the_service(cast: Cast, case: str) -> None:
    lead, worker = cast.actor(LEAD), cast.membership(WORKER).id
    outside = cast.membership("socialsekreterare-utanfor").id
    with work(lead):
        row = door.open_one(lead, Case, talk_steps.id_in(case))
        for who in (
            {"adult": outside},
            {"adult": worker, "colleague": outside},
            {"adult": worker, "guardian": uuid4()},
        ):
            promise = service.Promise(text=PROMISE, due_on=talk_steps.ahead(9), **who)
            with pytest.raises(ChangedMeanwhile):
                service.make_commitment(
                    actor=lead, case=row, form_id=uuid4(), promise=promise, now=timezone.now()
                )
    assert all_of(cast) == []


def test_closing_the_case_gives_up_what_was_still_promised(cast: Cast, case: str) -> None:
    coordinator = cast.client(LEAD)
    kept = promised(cast, coordinator, case, adult=LEAD)
    promised(cast, coordinator, case, adult=WORKER)
    asked = {"act": "kept", "seen_version": "0", "asked_in": "follow_up"}
    pressed = coordinator.post(kept, asked)
    assert pressed["Location"] == talk_steps.follow_up_page(cast, case)
    talk_steps.close(cast, coordinator, case)
    assert [row.state for row in all_of(cast)] == ["kept", "dropped"]
    assert [state for _kind, state, _who in deadlines(cast)] == ["done", "cancelled"]


@pytest.mark.parametrize("how", ["removed", "ran out", "membership ended", "conflict"])
def test_whoever_leaves_the_case_is_followed_by_its_lead(cast: Cast, case: str, how: str) -> None:
    promised(cast, cast.client(LEAD), case, adult=WORKER)
    worker, now = cast.membership(WORKER), timezone.now()
    match how:
        case "removed":
            gone = {"act": "remove", "membership": str(worker.id)}
            assert cast.client(LEAD).post(f"{case}personer/", gone).status_code == 302
        case "ran out":
            yesterday = timezone.localdate() - timedelta(days=1)
            with work(cast.actor(LEAD)):
                mine = Assignment.objects.filter(membership=worker)
                mine.update(starts_on=yesterday, ends_on=yesterday)
            find_everywhere(now=now)
        case "membership ended":
            assert end_membership(membership=worker, now=now)
        case "conflict":
            said = {"kind": "declared", "reason": "Vi är grannar", "who": str(worker.id)}
            assert cast.client(WORKER).post(f"{case}jav/", said).status_code == 302
    lead = cast.membership(LEAD).id
    assert [row.adult_id for row in all_of(cast)] == [lead]
    assert deadlines(cast) == [(MINE, "open", lead)]


def test_whoever_hands_over_the_lead_and_stays_still_reminds(cast: Cast, case: str) -> None:
    promised(cast, cast.client(LEAD), case, adult=LEAD)
    given = {"act": "hand_over", "membership": str(cast.membership(WORKER).id)}
    assert cast.client(LEAD).post(f"{case}personer/", given).status_code == 302
    assert deadlines(cast) == [(MINE, "open", cast.membership(LEAD).id)]


def test_only_who_works_on_the_case_finds_it_and_only_the_named_of_somebody_protected(
    cast: Cast, case: str
) -> None:
    path = promised(cast, cast.client(LEAD), case, adult=WORKER)
    for who in ("larare", "polis", "chef", "registrator", "essunga-koordinator", "administrator"):
        assert cast.client(who).get(path).status_code == 404, who
        assert cast.client(who).get(f"{case}atagande/").status_code == 404, who
    lead = cast.actor(LEAD)
    with work(lead):
        Person.objects.update(protection="marked")
        name_all(
            actor=lead,
            person=Person.objects.get(),
            named=[cast.membership(LEAD), cast.membership("chef")],
            reason="Hot mot familjen",
            now=timezone.now(),
        )
        assert service.adults_of(Case.objects.get(), today=timezone.localdate()) == [
            cast.membership(LEAD)
        ]
    assert cast.client(WORKER).get(path).status_code == 404
    typed = "Hämtar nyckeln på Storgatan 12 efter skolan"
    refused = cast.client(LEAD).post(
        f"{case}atagande/", fields(cast.membership(LEAD).id, promise=typed)
    )
    assert refused.status_code == 422
    assert "ser ut som en adress" in refused.content.decode()


def test_the_pages_ask_no_more_questions_with_more_promises(cast: Cast, case: str) -> None:
    coordinator = cast.client(LEAD)
    with work(cast.actor(LEAD)):
        guardian = Guardian.objects.get()
    who = {"promiser": f"guardian:{guardian.pk}"}
    promised(cast, coordinator, case, adult=WORKER, **who)
    pages = (case, talk_steps.follow_up_page(cast, case))
    few = [queries(coordinator, page) for page in pages]
    more = [promised(cast, coordinator, case, adult=LEAD, **who) for _ in range(3)]
    assert answer(cast, more[0], CommitmentState.KEPT.value) == 302
    ended_needs = 2  # Who noted the end, read with the row; none before the first one has ended.
    assert [queries(coordinator, page) - before for page, before in zip(pages, few, strict=True)] == [ended_needs] * 2  # fmt: skip


def test_two_clicks_at_once_make_one_promise_and_one_end(committed_cast: Cast) -> None:
    cast = committed_cast
    case = talk_steps.active(cast)
    form = fields(cast.membership(WORKER).id)
    at_once(cast, lambda client: client.post(f"{case}atagande/", form))
    (row,) = all_of(cast)
    press = {"act": "kept", "seen_version": "0"}
    at_once(cast, lambda client: client.post(f"/atagande/{row.pk}/", press))
    assert [(one.state, one.version) for one in all_of(cast)] == [("kept", 1)]
    assert [state for _kind, state, _who in deadlines(cast)] == ["done"]
