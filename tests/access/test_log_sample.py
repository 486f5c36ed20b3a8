"""The month's sample: the same for everybody who draws it, and nobody's to choose."""

from __future__ import annotations

import base64
import random
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from django.db import connection, transaction
from django.db.utils import IntegrityError, ProgrammingError
from django.utils import timezone

from access.log_review import checkpoints, monthly, sampling, services
from access.models import LogReview, LogReviewItem, Verdict
from access.request_transaction import work
from audit.auditctl import checkpoint_file
from reminders.models import Deadline
from tests.access import log_steps
from tests.access.log_steps import Notary
from tests.cast import Cast

ROOT = bytes(range(32))
IDS = [UUID(int=n << 64 | 4 << 76 | n * 7919) for n in range(1, 60)]


@pytest.fixture
def notary(tmp_path: Path) -> Iterator[Notary]:
    one = Notary(tmp_path)
    with one.settings():
        yield one


def test_the_sample_is_the_same_in_whatever_order_the_events_come() -> None:
    drawn = sampling.draw(ROOT, IDS)
    assert len(set(drawn)) == 10
    for seed in range(5):
        shuffled = random.Random(seed).sample(IDS, len(IDS))
        assert sampling.draw(ROOT, [*shuffled, *shuffled]) == drawn


def test_the_sample_changes_with_the_root() -> None:
    samples = {tuple(sampling.draw(bytes([n]) * 32, IDS)) for n in range(20)}
    assert len(samples) == 20


def test_a_small_month_is_drawn_whole() -> None:
    assert set(sampling.draw(ROOT, IDS[:4])) == set(IDS[:4])


def test_the_file_alone_draws_the_same_without_the_product(tmp_path: Path) -> None:
    script = Path(sampling.__file__)
    done = subprocess.run(
        [sys.executable, "-I", str(script), base64.b64encode(ROOT).decode()],
        input="\n".join(str(one) for one in IDS),
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
        timeout=240,
    )
    assert [UUID(line) for line in done.stdout.split()] == sampling.draw(ROOT, IDS)


@pytest.mark.parametrize(
    ("today", "month"),
    [
        (date(2027, 1, 1), date(2026, 12, 1)),
        (date(2026, 3, 31), date(2026, 2, 1)),
        (date(2026, 12, 31), date(2026, 11, 1)),
    ],
)
def test_the_month_before(today: date, month: date) -> None:
    assert sampling.month_before(today) == month


def test_a_month_follows_the_wall_clock() -> None:
    first, end = sampling.bounds(date(2026, 3, 1), log_steps.ZONE)
    assert first.astimezone(UTC) == datetime(2026, 2, 28, 23, tzinfo=UTC)
    assert end.astimezone(UTC) == datetime(2026, 3, 31, 22, tzinfo=UTC)


@pytest.mark.parametrize("count", [0, 1, 2, 3, 50, 400])
def test_the_first_checkpoint_after_a_moment_is_found_in_a_long_file(
    notary: Notary, count: int
) -> None:
    municipality, start = uuid4(), datetime(2026, 10, 1, tzinfo=UTC)
    times = [start + timedelta(minutes=17 * n) for n in range(count)]
    for at in times:
        notary.sign(municipality, at)
    for moment in [start - timedelta(days=1), *times[::37], *times[-1:], start + timedelta(days=9)]:
        expected = next((at for at in times if at >= moment), None)
        found = checkpoints.first_after(municipality, moment)
        assert (found.signed_at if found else None) == expected
    last = checkpoints.latest(municipality)
    assert (last.signed_at if last else None) == (times[-1] if times else None)


def test_a_checkpoint_that_is_being_written_is_not_there_yet(notary: Notary) -> None:
    municipality, at = uuid4(), datetime(2026, 11, 1, 3, tzinfo=UTC)
    notary.sign(municipality, at - timedelta(hours=9))
    notary.sign(municipality, at)
    path = checkpoint_file(notary.folder, municipality)
    whole = path.read_bytes()
    first = whole.index(b"\n\n", whole.index(b"\n\n") + 2) + 2
    for end in range(first, len(whole) - 1, 23):
        path.write_bytes(whole[:end])
        assert checkpoints.first_after(municipality, at) is None
        found = checkpoints.latest(municipality)
        assert found is not None
        assert found.signed_at == at - timedelta(hours=9)
        assert path.read_bytes() == whole[:end], "the web never writes in the file"


def test_a_forged_checkpoint_draws_nothing(notary: Notary, cast: Cast) -> None:
    log_steps.last_month(cast.actor("koordinator"), 15)
    reviewer = cast.actor("logggranskare")
    forger = Notary(notary.folder)
    forger.signer = type(notary.signer)(b"f" * 32)
    forger.after_last_month(reviewer.municipality_id)
    with work(reviewer):
        found = services.ensure_month(actor=reviewer, today=timezone.localdate())
    assert isinstance(found, services.NotDrawn)
    assert found.why == services.Why.UNREADABLE


def test_without_events_or_a_checkpoint_there_is_no_sample_and_it_says_why(
    notary: Notary, cast: Cast
) -> None:
    reviewer, today = cast.actor("logggranskare"), timezone.localdate()
    with work(reviewer):
        found = services.ensure_month(actor=reviewer, today=today)
    assert isinstance(found, services.NotDrawn)
    assert found.why == services.Why.NO_EVENTS
    log_steps.last_month(cast.actor("koordinator"), 3)
    _first, end = sampling.bounds(sampling.month_before(today), log_steps.ZONE)
    notary.sign(reviewer.municipality_id, end + timedelta(minutes=59))
    with work(reviewer):
        found = services.ensure_month(actor=reviewer, today=today)
    assert isinstance(found, services.NotDrawn)
    assert found.why == services.Why.NO_CHECKPOINT


def test_the_sample_is_drawn_with_the_first_checkpoint_after_the_month_and_can_be_drawn_again(
    notary: Notary, cast: Cast
) -> None:
    mine = log_steps.last_month(cast.actor("koordinator"), 40)
    log_steps.last_month(cast.actor("larare"), 40)
    log_steps.last_month(cast.actor("koordinator"), 5, action="log.read")
    log_steps.last_month(cast.actor("koordinator"), 5, actor_user_id=None, actor_role="system")
    reviewer = cast.actor("logggranskare")
    root = notary.after_last_month(reviewer.municipality_id)
    with work(reviewer):
        review = services.ensure_month(actor=reviewer, today=timezone.localdate())
        assert isinstance(review, LogReview)
        items = list(LogReviewItem.objects.filter(review=review))
        again = services.ensure_month(actor=reviewer, today=timezone.localdate())
    assert bytes(review.checkpoint_root) == root
    assert review.events == 40
    assert [item.event_id for item in items] == sampling.draw(root, [one.id for one in mine])
    assert [item.place for item in items] == list(range(1, 11))
    assert again == review


def test_what_was_drawn_cannot_be_changed_by_the_web_role(notary: Notary, cast: Cast) -> None:
    log_steps.last_month(cast.actor("koordinator"), 20)
    reviewer = cast.actor("logggranskare")
    notary.after_last_month(reviewer.municipality_id)
    with work(reviewer):
        review = services.ensure_month(actor=reviewer, today=timezone.localdate())
        assert isinstance(review, LogReview)
        for statement in (
            "UPDATE access_logreviewitem SET event_id = gen_random_uuid()",
            "UPDATE access_logreviewitem SET about_user = gen_random_uuid()",
            "UPDATE access_logreview SET checkpoint_root = '\\x00'",
            "DELETE FROM access_logreviewitem",
        ):
            with (
                pytest.raises(ProgrammingError),
                transaction.atomic(),
                connection.cursor() as cursor,
            ):
                cursor.execute(statement)


def test_the_database_itself_refuses_a_verdict_on_ones_own_act(notary: Notary, cast: Cast) -> None:
    reviewer = cast.actor("logggranskare")
    log_steps.last_month(reviewer, 3)
    notary.after_last_month(reviewer.municipality_id)
    with work(reviewer):
        services.ensure_month(actor=reviewer, today=timezone.localdate())
        with pytest.raises(IntegrityError, match="never_of_oneself"), transaction.atomic():
            LogReviewItem.objects.update(
                verdict=Verdict.OK,
                decided_by_id=reviewer.membership_id,
                decided_by_user=reviewer.user_id,
                decided_at=timezone.now(),
            )


def test_two_who_draw_at_once_draw_one_and_the_same(tmp_path: Path, committed_cast: Cast) -> None:
    notary = Notary(tmp_path)
    log_steps.last_month(committed_cast.actor("koordinator"), 30)
    reviewer = committed_cast.actor("logggranskare")
    notary.after_last_month(reviewer.municipality_id)
    ready, found = threading.Barrier(4, timeout=60), []

    def draw() -> None:
        ready.wait()
        with work(reviewer):
            found.append(services.ensure_month(actor=reviewer, today=timezone.localdate()))
        connection.close()

    with notary.settings():
        threads = [threading.Thread(target=draw) for _n in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
            assert not thread.is_alive()
    assert len({getattr(review, "pk", None) for review in found}) == 1
    with work(reviewer):
        assert LogReview.objects.count() == 1
        assert LogReviewItem.objects.count() == 10
        assert Deadline.objects.filter(kind="log_review_due").count() == 1


def test_the_monthly_task_draws_in_every_agency_that_has_a_reviewer_and_reminds_her(
    notary: Notary, cast: Cast
) -> None:
    log_steps.last_month(cast.actor("koordinator"), 12)
    log_steps.last_month(cast.actor("larare"), 12)
    reviewer = cast.membership("logggranskare")
    notary.after_last_month(reviewer.municipality_id)
    assert monthly.draw_everywhere(today=timezone.localdate()) == 1
    assert monthly.draw_everywhere(today=timezone.localdate()) == 1
    with work(cast.actor("logggranskare")):
        review = LogReview.objects.get()
        deadline = Deadline.objects.get(kind="log_review_due")
    assert deadline.subject_id == review.id
    assert deadline.responsible_membership_id == reviewer.id
    assert deadline.due_on > timezone.localdate()
    with work(cast.actor("larare")):
        assert not LogReview.objects.exists()
