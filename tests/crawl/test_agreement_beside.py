"""Agreement where no row is shown: figures, the log's export, and the answer to a reporter that is one of few words."""

from __future__ import annotations

from datetime import timedelta

from django.urls import reverse
from django.utils import timezone

from access.actor import actor_of
from access.figures import SMALLEST_TOLD, Period, figure
from access.models import Membership
from access.policy import Action
from access.request_transaction import work
from cases.rules.codes import words
from tests.crawl.crawler import Totals, Visitor
from tests.crawl.graph import Graph, Row
from tests.crawl.sought import World

# Figure → the rows that it counts.
COUNTED = {"conversations_held": "cases.conversation", "follow_ups_held": "cases.followup"}


def test_figures_count_nobody_who_is_protected_and_tell_no_small_number(world: Graph) -> None:
    period = Period(starts=world.today - timedelta(days=400), ends=world.today)
    told = set()
    for member in world.in_force():
        if member.role != "safety_coordinator":
            continue
        with work(actor_of(Membership.objects.get(pk=member.id))):
            for key, label in COUNTED.items():
                counted = sum(
                    row.municipality_id == member.municipality_id and _counts(world, row)
                    for row in world.all(label)
                )
                shown = figure(key, member.municipality_id, period).count
                assert shown == (counted if counted >= SMALLEST_TOLD else None)
                told.add(shown)
    assert len(told) > 1, "nothing was told, or nothing was held back"


def _counts(world: Graph, row: Row) -> bool:
    person = world.rows["cases.person"][world.rows["cases.case"][row.case_id].person_id]
    return bool(row.state == "held" and person.protection == "none")


def test_an_export_of_the_log_holds_no_text_and_no_number_of_another_agency(
    world: Graph, sought: World
) -> None:
    numbers = set()
    for member in world.in_force():
        if member.role != "log_reviewer":
            continue
        visitor = Visitor(sought, member, Totals())
        data = {"kind": "day", "key": timezone.localdate().isoformat(), "purpose": "log_review"}
        answer = visitor.ask(reverse("log_export"), "POST", data)
        assert answer.status == 200
        assert answer.content_type.startswith("text/csv")
        assert answer.cells == set()
        assert visitor.faults == []
        for number in sought.numbers_in([answer.body.decode("utf-8-sig")]):
            rows = [sought.graph.rows[label][pk] for label, pk in sought.numbers[number]]
            assert member.agency_id in {row.agency_id for row in rows}, number
            numbers.add(number)
    assert numbers


def test_an_extract_of_the_register_holds_no_text_and_nobody_who_is_hidden_or_protected(
    world: Graph, sought: World
) -> None:
    """The crawl's eyes on the file: no marker, and no number of a case that does not exist for whoever takes it out."""
    numbers = set()
    for member in world.in_force():
        if member.role not in {"coordinator", "manager", "principal"}:
            continue
        visitor = Visitor(sought, member, Totals())
        answer = visitor.ask(reverse("disclosure_export"), "POST", {"purpose": "supervision"})
        assert answer.status == 200
        assert answer.content_type.startswith("text/csv")
        assert answer.cells == set()
        assert visitor.faults == []
        for number in sought.numbers_in([answer.body.decode("utf-8-sig")]):
            for label, pk in sought.numbers[number]:
                row = sought.graph.rows[label][pk]
                if label == "cases.case":
                    assert world.rows["cases.person"][row.person_id].protection == "none"
            numbers.add(number)
    assert numbers


def test_the_words_of_an_answer_are_told_to_whoever_may_read_it(
    world: Graph, sought: World
) -> None:
    """No marker can stand in a code: here the words that it stands for are sought in their stead."""
    said = str(words("feedback_answer", "withheld"))
    shown = 0
    for member in world.in_force():
        expected, _readable = sought.told_to(member)
        for pk in expected.listed["cases.reportmade"]:
            answers = world.where("cases.feedbackanswer", "report_id", pk)
            readable = any(
                expected.permits("cases.feedbackanswer", one, "report_feedback", Action.READ)
                for one in answers
            )
            visitor = Visitor(sought, member, Totals())
            page = visitor.ask(reverse("report_made", kwargs={"pk": pk})).body.decode()
            assert (said in page) == readable
            shown += readable
    assert shown
