"""S11: a missing child on a Friday night. One case, read only, an hour, told at once, reviewed by somebody else."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.utils import timezone

from access import door
from access.actor import MEMBERSHIP_KEY, actor_of
from access.log_review import sampling
from access.log_review.sampling import ALWAYS_DRAWN
from access.log_review.services import eligible, ensure_month
from access.models import Agency, LogReview, LogReviewItem, Membership, PartitionModel, Role, User
from access.policy import Action, policy
from access.protection import protected_models, protection_of
from access.request_transaction import set_partition, work
from audit.models import AuditEvent
from cases.models import BreakGlass, Case, Conflict, Conversation, FollowUp, Person
from cases.rules.break_glass import opening_rule
from cases.services.break_glass_reviewer import reviewer_of
from cases.services.case_seal import seal_texts
from cases.services.leaving import end_membership
from cases.services.ownerless import find_for
from reminders.models import Deadline, Reminder
from reminders.texts import MAIL_BODY, MAIL_SUBJECT, NOTICES
from tests.access import log_steps
from tests.cases import glass_steps, hard_steps, steps, talk_steps
from tests.cases.glass_steps import NUMBER, WHY, break_glass, fields, friday_night, wednesday_after
from tests.cast import Cast

DUTY = "socialsekreterare-utanfor"
REVIEWS = "/nodoppning/granskade/"


@pytest.fixture
def case(cast: Cast) -> Case:
    """Led by the coordinator, with a talk and a follow-up behind it; the duty officer has nothing to do with it."""
    steps.tell(cast.client("larare"))
    coordinator = cast.client("koordinator")
    page = steps.take(
        coordinator,
        steps.first_link(coordinator, "/inkommet/", "/inkommet/"),
        number=NUMBER,
        birth_date="2011-01-02",
    )
    talk_steps.held(coordinator, page)
    talk_steps.followed_up(cast, coordinator, page)
    set_partition(cast.actor("koordinator"))
    return Case.objects.get(pk=talk_steps.id_in(page))


def opening_in(page: str) -> BreakGlass:
    return BreakGlass.objects.select_related("case").get(pk=talk_steps.id_in(page))


def test_a_friday_night_a_duty_officer_reads_for_an_hour_and_the_manager_reviews_it(
    cast: Cast, case: Case
) -> None:
    friday = friday_night()
    with time_machine.travel(friday, tick=False):
        client, page = break_glass(cast, DUTY, case.number)
        shown = client.get(page).content.decode()
        assert "Nils Persson" in shown
        assert "Noomi Falk" in shown
        assert talk_steps.YOUTH in shown
        assert talk_steps.HOW in shown
        anywhere = client.get("/").content.decode()
        assert case.number in anywhere
        assert "till kl. 22.10 (60 minuter kvar)" in anywhere
        set_partition(cast.actor("chef"))
        deadline = Deadline.objects.get(kind="break_glass_review")
        assert deadline.due_on == wednesday_after(friday.date())
        assert deadline.responsible_membership_id == cast.membership("chef").id
        told = Reminder.objects.filter(deadline=deadline, text="break_glass")
        assert {(one.channel, one.fire_at) for one in told} == {
            ("inapp", timezone.now()),
            ("mail", timezone.now()),
        }
    for words in (str(NOTICES["break_glass"]), str(MAIL_SUBJECT), str(MAIL_BODY)):
        assert "Nils" not in words
        assert "Vera" not in words
    with time_machine.travel(friday + timedelta(minutes=61), tick=False):
        client = cast.client(DUTY)
        late = client.get(page).content.decode()
        assert "Nödöppningen är slut" in late
        assert "Nils Persson" not in late
        assert talk_steps.YOUTH not in late
        assert case.number not in client.get("/").content.decode()
    with time_machine.travel(friday + timedelta(days=3, hours=-11), tick=False):
        manager = cast.client("chef")
        review = f"{page}granska/"
        seen = manager.get(review).content.decode()
        assert WHY in seen
        assert "Vera Lundh" in seen
        assert "genom en nödöppning" in seen
        assert talk_steps.YOUTH not in seen
        assert manager.post(review, {"outcome": "fel_samtal", "note": ""}).status_code == 422
        assert manager.post(review, {"outcome": "rätt", "note": "Polisen ringde."}).status_code == 302  # fmt: skip
        assert manager.post(review, {"outcome": "fel_samtal", "note": "nej"}).status_code == 409
        set_partition(cast.actor("chef"))
        assert opening_in(page).outcome == "rätt"
        assert Deadline.objects.get(kind="break_glass_review").state == Deadline.State.DONE
        # Reviewed, it is still found by who reviews such openings.
        assert f'href="{REVIEWS}"' in manager.get("/nodoppning/").content.decode()
        reviewed = manager.get(REVIEWS).content.decode()
        assert f'href="{review}"' in reviewed
        for shown in ("Vera Lundh", "Ingrid Åhl", "Rätt: öppningen behövdes"):
            assert shown in reviewed, shown
        for kept in (case.number, WHY, "Polisen ringde", "Nils"):
            assert kept not in reviewed, kept
        # Only who reviews has the list, and a log reviewer finds in it what they were asked to review.
        for who in (DUTY, "koordinator", "socialsekreterare", "larare", "administrator"):
            assert cast.client(who).get(REVIEWS).status_code == 404
        other = cast.client("logggranskare")
        assert f'href="{REVIEWS}"' in other.get("/loggkontroll/").content.decode()
        assert "Vera Lundh" not in other.get(REVIEWS).content.decode()


def test_a_second_opening_needs_a_new_reason_and_prolongs_nothing_of_the_first(
    cast: Cast, case: Case
) -> None:
    friday = friday_night()
    with time_machine.travel(friday, tick=False):
        client, first = break_glass(cast, DUTY, case.number)
    with time_machine.travel(friday + timedelta(minutes=40), tick=False):
        client = cast.client(DUTY)
        again = fields(cast, DUTY, case.number)
        assert client.post("/nodoppning/", again | {"reason": "", "words": ""}).status_code == 422
        second = client.post("/nodoppning/", again)["Location"]
    assert first != second
    set_partition(cast.actor("chef"))
    assert opening_in(first).until == friday + timedelta(minutes=60)
    assert opening_in(second).until == friday + timedelta(minutes=100)
    assert Deadline.objects.filter(kind="break_glass_review").count() == 2


def test_a_months_sample_always_holds_its_break_glass_however_much_else_was_done(
    cast: Cast, case: Case, tmp_path: Path
) -> None:
    """The month as it was lived, with nothing put into the log by hand but the rest of its traffic."""
    _client, page = break_glass(cast, DUTY, case.number)
    coordinator, reviewer = cast.actor("koordinator"), cast.actor("logggranskare")
    log_steps.put(coordinator, [log_steps.event(coordinator, timezone.now()) for _n in range(60)])
    set_partition(reviewer)
    opened = AuditEvent.objects.get(action="break_glass.open", outcome="done")
    assert opened.object_id == opening_in(page).pk
    notary = log_steps.Notary(tmp_path)
    after = sampling.month_after(timezone.localdate()) + timedelta(days=2)
    with (
        notary.settings(),
        time_machine.travel(datetime.combine(after, time(9), log_steps.ZONE), tick=False),
    ):
        root = notary.after_last_month(reviewer.municipality_id)
        with work(reviewer):
            review = ensure_month(actor=reviewer, today=timezone.localdate())
            assert isinstance(review, LogReview)
            of_month = eligible(reviewer, review.month).values_list("id", flat=True)
            drawn = sampling.draw(root, of_month)
            items = list(LogReviewItem.objects.filter(review=review).order_by("place"))
            month = sampling.month_before(timezone.localdate())
    assert review.month == month
    assert review.events > len(items)
    always = [opened.pk] if opened.pk not in drawn else []
    assert [item.event_id for item in items] == [*drawn, *always]
    shown = next(item for item in items if item.event_id == opened.pk)
    assert shown.about_user == cast.membership(DUTY).user_id


def test_pressed_twice_it_is_one_opening(cast: Cast, case: Case) -> None:
    given = fields(cast, DUTY, case.number)
    client = cast.client(DUTY)
    answers = [client.post("/nodoppning/", given) for _press in range(2)]
    assert {answer["Location"] for answer in answers} == {answers[0]["Location"]}
    set_partition(cast.actor("chef"))
    assert BreakGlass.objects.count() == 1


@pytest.mark.parametrize("number", ["S26-22222", "201212122383", NUMBER[:-1] + "9", "Nils Persson"])
def test_what_is_not_found_is_answered_alike_and_noted(cast: Cast, case: Case, number: str) -> None:
    client = cast.client(DUTY)
    answer = client.post("/nodoppning/", fields(cast, DUTY, number))
    assert answer.status_code == 422
    assert WHY in answer.content.decode()
    set_partition(cast.actor("chef"))
    assert not BreakGlass.objects.exists()


def test_every_attempt_is_an_event_also_one_with_the_wrong_code(cast: Cast, case: Case) -> None:
    client = cast.client(DUTY)
    for changed in ({"code": "000000"}, {"number": "S26-22222"}):
        assert client.post("/nodoppning/", fields(cast, DUTY, case.number) | changed).status_code == 422  # fmt: skip
    with time_machine.travel(timezone.now() + timedelta(seconds=31)):
        break_glass(cast, DUTY, NUMBER)
    set_partition(cast.actor("chef"))
    noted = AuditEvent.objects.filter(action="break_glass.open").order_by("occurred_at", "outcome")
    assert sorted(one.outcome for one in noted) == ["denied", "done", "missing"]
    assert ALWAYS_DRAWN == ("break_glass.open",)


def test_no_remembered_second_factor_opens(cast: Cast, case: Case) -> None:
    client = cast.client(DUTY)
    given = fields(cast, DUTY, case.number)
    assert client.post("/nodoppning/", given | {"code": ""}).status_code == 422
    assert client.post("/nodoppning/", given).status_code == 302
    # The same code again, within its time, is not taken a second time.
    assert client.post("/nodoppning/", given | {"once": str(uuid4())}).status_code == 422


def test_who_works_in_the_case_is_led_to_it_instead(cast: Cast, case: Case) -> None:
    _client, page = break_glass(cast, "koordinator", case.number)
    assert page == f"/arenden/{case.pk}/"


def test_ended_with_the_button_it_is_closed_with_the_next_request(cast: Cast, case: Case) -> None:
    client, page = break_glass(cast, DUTY, case.number)
    assert open_rows(DUTY, cast).keys() >= {"Person", "Conversation", "FollowUp"}
    assert client.post(f"{page}avsluta/").status_code == 302
    assert open_rows(DUTY, cast).keys().isdisjoint({"Person", "Conversation", "FollowUp"})
    assert "Nils Persson" not in client.get(page).content.decode()
    assert client.post(f"{page}avsluta/").status_code == 302


def test_only_the_opener_has_the_page_and_only_another_reviews(cast: Cast, case: Case) -> None:
    _client, page = break_glass(cast, DUTY, case.number)
    for who in ("koordinator", "socialsekreterare", "chef", "larare", "polis", "administrator", "essunga-chef"):  # fmt: skip
        assert cast.client(who).get(page).status_code == 404
        assert cast.client(who).post(f"{page}avsluta/").status_code == 404
    for who in (DUTY, "koordinator", "logggranskare", "administrator", "essunga-chef"):
        assert cast.client(who).get(f"{page}granska/").status_code == 404


def test_a_manager_who_opens_is_reviewed_by_somebody_else(cast: Cast, case: Case) -> None:
    client, page = break_glass(cast, "chef", case.number)
    assert client.get(f"{page}granska/").status_code == 404
    review = f"{page}granska/"
    for _again in range(3):
        assert client.get(page).status_code == 200
    reviewer = cast.client("logggranskare")
    seen = reviewer.get(review).content.decode()
    assert "Ingrid Åhl" in seen
    # The same read again stands once, with how often.
    assert seen.count("Ingrid Åhl läste uppgifter om en person") == 1
    assert "(3 gånger, sist" in seen
    assert WHY not in seen
    assert f'href="{review}"' not in reviewer.get(REVIEWS).content.decode()
    assert reviewer.post(review, {"outcome": "rätt", "note": ""}).status_code == 302
    assert f'href="{review}"' in reviewer.get(REVIEWS).content.decode()
    assert f'href="{review}"' not in client.get(REVIEWS).content.decode()
    set_partition(cast.actor("chef"))
    opening = opening_in(page)
    with pytest.raises(IntegrityError), transaction.atomic():
        BreakGlass.objects.filter(pk=opening.pk).update(reviewed_by_user=opening.opened_by_user)


def open_rows(who: str, cast: Cast, *, role: str | None = None) -> dict[str, int]:
    """How many rows of each model exist for somebody who works in nothing."""
    actor = actor_of(cast.membership(who, role=role))
    with work(actor):
        return {
            model.__name__: found
            for model in protected_models()
            if issubclass(model, PartitionModel)
            and model not in (BreakGlass, Deadline)
            and (found := door.visible(actor, model).count())
        }


def test_an_opening_opens_one_case_to_one_membership_for_an_hour_and_never_writing(
    cast: Cast, case: Case
) -> None:
    other = steps.take(
        cast.client("koordinator"),
        f"/inkommet/{_another_concern(cast)}/",
        name="Maja Annan",
    )
    talk_steps.held(cast.client("koordinator"), other)
    before = open_rows(DUTY, cast)
    break_glass(cast, DUTY, case.number)
    set_partition(cast.actor("chef"))
    opening = BreakGlass.objects.get()
    opens = {"Person": 1, "Conversation": 1, "FollowUp": 1}
    moments: list[tuple[datetime, bool]] = [
        (opening.opened_at, True),
        (opening.until - timedelta(seconds=1), True),
        (opening.until, False),
        (opening.until + timedelta(days=30), False),
        (opening.opened_at - timedelta(seconds=1), False),
    ]
    for moment, lasts in moments:
        with time_machine.travel(moment, tick=False):
            assert open_rows(DUTY, cast) == before | (opens if lasts else {})
            assert open_rows("socialsekreterare", cast) == {}
    duty = cast.actor(DUTY)
    with work(duty):
        opened: list[type[PartitionModel]] = [Person, Conversation, FollowUp]
        for model in opened:
            assert door.listed(duty, model).count() == 1
            assert door.listed(duty, model, through={"break_glass"}).count() == 1
            assert not door.listed(duty, model, through={"assigned"}).exists()
            for row in door.visible(duty, model):
                assert getattr(row, "case_id", case.pk) == case.pk
                for group in policy().groups:
                    for action in set(Action) - {Action.LIST, Action.READ}:
                        assert not door.may(duty, row, group, action), (group, action)
        assert not door.visible(duty, Case).exists()


def _another_concern(cast: Cast) -> str:
    steps.tell(cast.client("larare"), child="Maja i 7C")
    page = cast.client("koordinator")
    return steps.first_link(page, "/inkommet/", "/inkommet/").rstrip("/").rsplit("/", 1)[-1]


def test_the_table_gives_an_opening_reading_and_nothing_else() -> None:
    granted = {
        (group, action)
        for (role, relation, group), grant in policy().grants.items()
        if relation == "break_glass"
        for action in grant
    }
    assert {action for _group, action in granted} == {Action.LIST, Action.READ}
    assert {group for group, _action in granted} <= {"identity", "guardian", "contact", "conversation", "follow_up"}  # fmt: skip
    with_files = {protection_of(m).file[0] for m in protected_models() if protection_of(m).file}  # type: ignore[index]
    assert with_files.isdisjoint(group for group, _action in granted)


def test_nothing_can_be_copied_or_written_through_an_opening(cast: Cast, case: Case) -> None:
    client, _page = break_glass(cast, DUTY, case.number)
    set_partition(cast.actor("koordinator"))
    talk = Conversation.objects.get(case=case)
    held = FollowUp.objects.get(case=case, state="held")
    assert client.get(f"/samtal/{talk.pk}/text/").status_code == 404
    assert client.post(f"/samtal/{talk.pk}/anteckningar/", talk_steps.notes()).status_code == 404
    assert client.post(f"/uppfoljning/{held.pk}/", talk_steps.follow_up_fields()).status_code in (404, 409, 422)  # fmt: skip
    for page in ("", "personer/", "nummer/", "samtycke/", "dela/", "bilagor/", "samtal/"):
        assert client.get(f"/arenden/{case.pk}/{page}").status_code == 404, page
    set_partition(cast.actor("koordinator"))
    assert FollowUp.objects.get(pk=held.pk).version == held.version


def test_only_the_latest_notes_are_opened(cast: Cast, case: Case) -> None:
    coordinator = cast.client("koordinator")
    for _ in range(opening_rule(timezone.localdate()).notes):
        talk_steps.held(coordinator, f"/arenden/{case.pk}/")
    break_glass(cast, DUTY, case.number)
    duty = cast.actor(DUTY)
    with work(duty):
        shown = set(door.visible(duty, Conversation).values_list("pk", flat=True))
        everything = Conversation.objects.filter(case=case).order_by("-created_at")
        assert shown == {one.pk for one in everything[:3]}
        assert len(everything) == 4


def test_it_is_reviewed_by_the_units_own_manager_first(cast: Cast, case: Case) -> None:
    worker = cast.actor("socialsekreterare")
    with work(worker):
        found = reviewer_of(
            cast.membership("socialsekreterare"), timezone.localdate(), person_id=case.person_id
        )
    assert found == cast.membership("chef")
    manager = cast.actor("chef")
    with work(manager):
        found = reviewer_of(cast.membership("chef"), timezone.localdate(), person_id=case.person_id)
    assert found == cast.membership("logggranskare")


def test_the_hour_is_a_dated_rule() -> None:
    assert opening_rule(timezone.localdate()).lasts == timedelta(minutes=60)
    assert glass_steps.friday_night().weekday() == glass_steps.FRIDAY


# --- what a bar closes stays closed ------------------------------------------------------------------------


def test_for_a_protected_person_it_shows_whom_to_call_and_nothing_of_them(cast: Cast) -> None:
    path = hard_steps.protected(cast)
    client, page = break_glass(cast, DUTY, hard_steps.NUMBER)
    shown = client.get(page).content.decode()
    assert "Ring någon av dem som är utsedda" in shown
    assert "Ingrid Åhl" in shown
    assert hard_steps.NAME not in shown
    assert "2011-01-02" not in shown
    assert {name: n for name, n in open_rows(DUTY, cast).items() if n} == {}
    assert "Vera Lundh" in cast.client("chef").get(f"{page}granska/").content.decode()
    assert cast.client(DUTY).get(path).status_code == 404


def test_who_has_a_conflict_of_interest_gets_the_answer_of_a_miss(cast: Cast, case: Case) -> None:
    manager, duty = cast.actor("chef"), cast.membership(DUTY)
    row_id = uuid4()
    with work(manager):
        Conflict.objects.create(
            id=row_id,
            municipality_id=case.municipality_id,
            agency_id=case.agency_id,
            about_user=duty.user_id,
            membership=duty,
            person_id=case.person_id,
            kind="family",
            reason=seal_texts(case, model=Conflict, row_id=row_id, texts={"reason": "syster"})[
                "reason"
            ],
            registered_by_id=manager.member,
            registered_at=timezone.now(),
        )
    client = cast.client(DUTY)
    for n, number in enumerate((case.number, "S26-22222")):
        with time_machine.travel(timezone.now() + timedelta(seconds=31 * n)):
            answer = client.post("/nodoppning/", fields(cast, DUTY, number))
        assert answer.status_code == 422
        assert "Det finns inget ärende med det numret" in answer.content.decode()
    set_partition(manager)
    assert not BreakGlass.objects.exists()


def test_who_has_a_conflict_of_interest_hands_on_what_they_were_to_review(
    cast: Cast, case: Case
) -> None:
    _client, page = break_glass(cast, DUTY, NUMBER)
    manager, reviewer = cast.membership("chef"), cast.membership("logggranskare")
    assert opening_in(page).reviewer == manager
    fields_of = {"who": str(manager.id), "kind": "family", "reason": "Jag är hans moster."}
    assert cast.client("chef").post(f"/arenden/{case.pk}/jav/", fields_of).status_code == 302
    set_partition(cast.actor("koordinator"))
    opening = opening_in(page)
    assert opening.reviewer == reviewer
    asked = Deadline.objects.get(kind="break_glass_review", subject_id=opening.pk)
    assert (asked.state, asked.responsible_membership) == (Deadline.State.OPEN, reviewer)
    assert case.number not in cast.client("chef").get("/inkorg/").content.decode()
    assert cast.client("chef").get(f"{page}granska/").status_code == 404
    assert cast.client("logggranskare").get(f"{page}granska/").status_code == 200
    left(cast, "logggranskare")
    with work(cast.actor("koordinator")):
        assert (
            reviewer_of(opening.membership, timezone.localdate(), person_id=case.person_id) is None
        )


def test_where_only_the_barred_could_review_the_first_who_comes_is_asked(
    cast: Cast, case: Case
) -> None:
    _client, page = break_glass(cast, DUTY, NUMBER)
    left(cast, "logggranskare")
    fields_of = {"who": str(cast.membership("chef").id), "kind": "self", "reason": "Mitt barn."}
    assert cast.client("chef").post(f"/arenden/{case.pk}/jav/", fields_of).status_code == 302
    set_partition(cast.actor("koordinator"))
    asked = Deadline.objects.filter(kind="break_glass_review", state=Deadline.State.OPEN)
    assert opening_in(page).reviewer is None
    assert not asked.exists()
    Membership.objects.filter(pk=cast.membership("logggranskare").pk).update(ended_at=None)
    find_for(case.agency, now=timezone.now())
    set_partition(cast.actor("koordinator"))
    assert asked.get().responsible_membership == cast.membership("logggranskare")


def left(cast: Cast, *who: str) -> None:
    """They have no role here from now on."""
    for one in who:
        Membership.objects.filter(pk=cast.membership(one).pk).update(ended_at=timezone.now())


def log_reviewer_of_the_school(cast: Cast) -> Membership:
    school = cast.membership("rektor")
    user = User.objects.create_user(email="granskare.skola@sspf.example", name="Gunvor Stål")
    user.demo_cast = "granskare-skola"
    user.save()
    return Membership.objects.create(
        user=user,
        municipality=school.municipality,
        agency=school.agency,
        unit=school.unit,
        role=Role.LOG_REVIEWER,
        starts_on=timezone.localdate(),
        ends_on=timezone.localdate() + timedelta(days=100),
    )


def test_with_nobody_in_the_agency_the_municipalitys_log_reviewer_reviews_as_a_guest(
    cast: Cast, case: Case
) -> None:
    left(cast, "chef", "logggranskare")
    home = log_reviewer_of_the_school(cast)
    _client, page = break_glass(cast, DUTY, case.number)
    opening = opening_in(page)
    assert opening.reviewer is not None
    assert opening.reviewer.user_id == home.user_id
    assert (opening.reviewer.agency_id, opening.reviewer.role) == (case.agency_id, "log_reviewer")
    assert opening.reviewer.ends_on == timezone.localdate() + timedelta(days=14)
    guest = cast.client("granskare-skola", role="log_reviewer", code="1495")
    session = guest.session
    session[MEMBERSHIP_KEY] = str(opening.reviewer_id)
    session.save()
    seen = guest.get(f"{page}granska/").content.decode()
    assert "Vera Lundh" in seen
    assert WHY not in seen
    assert guest.post(f"{page}granska/", {"outcome": "rätt", "note": ""}).status_code == 302
    assert opening_in(page).outcome == "rätt"
    with work(cast.actor(DUTY)):
        assert (
            reviewer_of(cast.membership(DUTY), timezone.localdate(), person_id=case.person_id)
            == opening.reviewer
        )
    assert Membership.objects.filter(user_id=home.user_id, agency_id=case.agency_id).count() == 1


def test_with_nobody_at_all_the_administrator_is_warned_and_the_first_who_comes_is_asked(
    cast: Cast, case: Case
) -> None:
    administrator = cast.client("administrator")
    warning = "Socialtjänsten i Skara: om någon gör en nödöppning"
    assert warning not in administrator.get("/behorigheter/").content.decode()
    left(cast, "chef", "logggranskare")
    assert warning in administrator.get("/behorigheter/").content.decode()
    _client, page = break_glass(cast, DUTY, case.number)
    assert opening_in(page).reviewer is None
    agency = Agency.objects.get(pk=case.agency_id)
    find_for(agency, now=timezone.now())
    set_partition(cast.actor("koordinator"))
    assert opening_in(page).reviewer is None
    late = log_reviewer_of_the_school(cast)
    assert warning not in administrator.get("/behorigheter/").content.decode()
    find_for(agency, now=timezone.now())
    set_partition(cast.actor("koordinator"))
    reviewer = opening_in(page).reviewer
    assert reviewer is not None
    assert reviewer.user_id == late.user_id
    deadline = Deadline.objects.get(kind="break_glass_review")
    assert deadline.responsible_membership_id == reviewer.id


def test_nobody_reviews_their_own_opening_in_another_role(cast: Cast, case: Case) -> None:
    duty, chef = cast.membership(DUTY), cast.membership("chef")
    left(cast, "logggranskare")
    Membership.objects.filter(pk=chef.pk).update(user=duty.user)
    with work(cast.actor(DUTY)):
        assert reviewer_of(duty, timezone.localdate(), person_id=case.person_id) is None


def test_a_guest_who_reviews_does_so_while_the_role_at_home_lasts_and_then_the_next_is_asked(
    cast: Cast, case: Case
) -> None:
    chief = cast.membership("chef")
    left(cast, "chef", "logggranskare")
    home = log_reviewer_of_the_school(cast)
    _client, page = break_glass(cast, DUTY, case.number)
    reviewer = opening_in(page).reviewer
    assert reviewer is not None
    assert reviewer.home_id == home.pk
    set_partition(cast.actor("koordinator"))
    asked = Deadline.objects.filter(kind="break_glass_review", state=Deadline.State.OPEN)
    due = asked.get().due_on
    assert end_membership(membership=home, now=timezone.now())
    reviewer.refresh_from_db()
    assert reviewer.ended_at is not None
    Membership.objects.filter(pk=chief.pk).update(ended_at=None)
    find_for(case.agency, now=timezone.now())
    assert opening_in(page).reviewer == chief
    set_partition(cast.actor("koordinator"))
    assert (asked.get().responsible_membership_id, asked.get().due_on) == (chief.pk, due)
