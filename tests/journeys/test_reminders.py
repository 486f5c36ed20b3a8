"""As six roles, by keyboard alone and without JavaScript: from the inbox to the task, putting off, done, and choosing how one is told."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import time, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from access.request_transaction import work
from reminders import engine
from reminders.models import Choice, Deadline, Notice, Reminder
from reminders.working_days import local_date, local_moment
from tests.cases import request_steps, talk_steps
from tests.cast import Cast
from tests.journeys.test_talk import Looks
from tests.reminders.conftest import put_notice, reminder_of, role
from tests.safety import steps
from tests.site import web_server

# Who → where the one click leads.
ROLES = {
    "larare": r"/polisens-fragor/[0-9a-f-]{36}/",
    "socialsekreterare": r"/insatser/uppgift/[0-9a-f-]{36}/",
    "polis": r"/insatser/uppgift/[0-9a-f-]{36}/",
    "fritidsledare": r"/insatser/uppgift/[0-9a-f-]{36}/",
    "koordinator": r"/uppfoljning/[0-9a-f-]{36}/",
    "chef": r"/forsenat/",
}
# Why it came.
WHY = dict.fromkeys(ROLES, "Dagen har passerat, och du är ansvarig.") | {
    "chef": "En uppgift i din enhet är försenad. Du ser inte vad den handlar om"
}
# What the focus is on: a field's name, else the words of the button or link.
FOCUSED = """(at => ["INPUT", "SELECT"].includes(at.tagName) ? at.name : at.innerText)(
  document.activeElement
)"""
SKIP = "Hoppa till innehållet"
AT_MOST = 120


@pytest.fixture
def office(
    committed_cast: Cast,
    environment_of: Callable[[str], dict[str, str]],
    tmp_path: Path,
    chromium_browser: Any,
) -> Iterator[Callable[..., Any]]:
    """Everybody has something to do and was told by the engine itself; gives what opens a window, signed in."""
    _something_for_everybody(committed_cast)
    environment = environment_of("web") | {"SSPF_ENV": "demo", "SSPF_HOSTS": "localhost,127.0.0.1"}
    with web_server(environment, tmp_path / "web.log") as address:

        def window(who: str, *, script: bool) -> Any:
            context = chromium_browser.new_context(
                viewport={"width": 1280, "height": 900},
                java_script_enabled=script,
                locale="sv-SE",
                base_url=address,
            )
            page = context.new_page()
            page.goto("/logga-in/")
            page.locator(f'button[name="cast"][value="{who}"]').click()
            return page

        yield window


def _something_for_everybody(cast: Cast) -> None:
    today = timezone.localdate()
    insats = steps.intervention(cast)
    for who in ("socialsekreterare", "polis", "fritidsledare"):
        steps.task(cast, insats, who)
    talk_steps.active(cast)
    named = {
        "deputy": str(cast.membership("larare").id),
        "starts_on": today.isoformat(),
        "ends_on": (today + timedelta(days=60)).isoformat(),
    }
    cast.client("rektor").post("/polisens-fragor/stallforetradare/", named)
    request_steps.ask(cast, "school")
    with role("worker"):
        # Two weeks after the follow-up, so that the manager is told of it too; each gets the highest stage only.
        engine.tick(local_moment(local_date(timezone.now()) + timedelta(days=43), time(8, 5)))


def tab_to(page: Any, words: str) -> None:
    """Presses Tab until what has the focus says those words, or has that name."""
    for _press in range(AT_MOST):
        page.keyboard.press("Tab")
        focused = page.evaluate(FOCUSED)
        if focused == SKIP:
            page.keyboard.press("Enter")
        elif re.search(words, focused):
            return
    raise AssertionError(f"no Tab leads to {words!r} on {page.url}")


def press(page: Any, words: str) -> None:
    """By keyboard alone, and waits for the page that comes."""
    tab_to(page, words)
    with page.expect_navigation():
        page.keyboard.press("Enter")


@pytest.mark.slow
def test_six_roles_get_from_the_inbox_to_the_task_and_choose_how_they_are_told(
    office: Callable[..., Any], committed_cast: Cast
) -> None:
    faults: list[str] = []
    for who, task in ROLES.items():
        page = office(who, script=True)
        looks = Looks(page)
        by_keyboard(page, who, task, looks)
        faults += [f"{who}: {fault}" for fault in looks.faults]
        page.context.close()
        _as_before(committed_cast, who)
        page = office(who, script=False)
        without_script(page, who, task)
        page.context.close()
        with work(committed_cast.actor(who)):
            made = Choice.objects.get(membership_id=committed_cast.actor(who).member)
            assert (made.way, made.mail_from, made.mail_to) == ("daily", 8, 16), who
    # What one of them did not get, as whoever keeps the machinery sees it on a phone.
    with work(committed_cast.actor("koordinator")):
        lost = Reminder.objects.filter(
            deadline__kind="follow_up_due", channel="mail", status=Reminder.Status.SENT
        )
        assert lost.update(status=Reminder.Status.DEAD) == 1
    page = office("administrator", script=True)
    page.set_viewport_size({"width": 320, "height": 800})
    page.goto("/drift/paminnelser/")
    assert page.get_by_role("button", name="Försök igen").count() == 1
    looks = Looks(page)
    looks.at("drift")
    assert faults + looks.faults == []


def by_keyboard(page: Any, who: str, task: str, looks: Looks) -> None:
    press(page, "^Läs (ditt|dina)")
    assert page.url.endswith("/inkorg/"), who
    assert WHY[who] in page.inner_text("main"), who
    page.set_viewport_size({"width": 320, "height": 800})
    looks.at(f"inkorg-{who}")
    page.set_viewport_size({"width": 1280, "height": 900})
    shown = page.locator(".s-note").count()

    task_link(page, task).focus()
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert re.search(f"{task}$", page.url), (who, page.url)
    page.go_back()

    tab_to(page, "^Påminn mig senare")
    page.keyboard.press("Enter")
    press(page, "^(I morgon|Nästa arbetsdag)")
    assert "Meddelandet kommer tillbaka" in page.inner_text("main"), who
    assert page.locator(".s-note").count() == shown - 1, who
    press(page, "^Uppskjutna 1")
    assert "Uppskjuten till" in page.inner_text("main"), who
    press(page, "^Ta bort ur inkorgen")
    assert "Uppgiften finns kvar" in page.inner_text("main"), who

    press(page, "^Välj hur påminnelser ska komma")
    tab_to(page, "^way$")
    page.keyboard.press("ArrowDown")
    choose_hours(page, "12", "10")
    press(page, "^Spara valet")
    assert "Välj en senare timme än den ovanför." in page.inner_text("main"), who
    assert hours(page) == ("12", "10"), who
    assert page.locator('[name="end"]').get_attribute("aria-invalid") == "true", who
    if who == "chef":  # the page is the same for all six
        page.set_viewport_size({"width": 320, "height": 800})
        looks.at("paminnelser-fel")
        page.set_viewport_size({"width": 1280, "height": 900})
    choose_hours(page, "08", "17")
    press(page, "^Spara valet")
    assert "Ditt val är sparat." in page.inner_text("main"), who
    page.reload()
    assert hours(page) == ("8", "17"), who
    assert page.locator('[name="way"][value="daily"]').is_checked(), who


def choose_hours(page: Any, start: str, end: str) -> None:
    for name, hour in (("start", start), ("end", end)):
        tab_to(page, f"^{name}$")
        page.keyboard.type(hour)


def hours(page: Any) -> tuple[str, str]:
    return page.locator('[name="start"]').input_value(), page.locator('[name="end"]').input_value()


def task_link(page: Any, task: str) -> Any:
    links = page.locator(".s-note a.govuk-button")
    for place in range(links.count()):
        if re.search(f"{task}$", links.nth(place).get_attribute("href")):
            return links.nth(place)
    raise AssertionError(f"no notice leads to {task}")


def _as_before(cast: Cast, who: str) -> None:
    actor = cast.actor(who)
    with work(actor):
        Notice.objects.filter(membership_id=actor.member).update(
            done_at=None, snoozed_until=None, read_at=None
        )


def without_script(page: Any, who: str, task: str) -> None:
    page.goto("/inkorg/")
    assert WHY[who] in page.inner_text("main"), who
    task_link(page, task).click()
    assert re.search(f"{task}$", page.url), (who, page.url)
    page.goto("/inkorg/")
    later = page.locator(".s-note__later").first
    later.locator("summary").click()
    later.get_by_label("Eller en annan dag").fill("snart")
    later.get_by_role("button", name="Påminn den dagen").click()
    assert "Välj en dag senast" in page.inner_text("main"), who
    assert page.locator('.s-note__later[open] input[name="day"]').input_value() == "snart", who
    unread = page.get_by_role("button", name="Markera som läst")
    before = unread.count()
    unread.first.click()
    assert unread.count() == before - 1, who
    done = page.get_by_role("button", name="Klart")
    if who in {"socialsekreterare", "polis", "fritidsledare"}:
        done.click()
        assert "Inget nytt i inkorgen" in page.inner_text("main"), who
    else:
        assert done.count() == 0, who

    page.goto("/paminnelser/")
    page.locator('[name="start"]').select_option("9")
    page.locator('[name="end"]').select_option("9")
    page.get_by_role("button", name="Spara valet").click()
    assert "Välj en senare timme än den ovanför." in page.inner_text("main"), who
    assert hours(page) == ("9", "9"), who
    page.locator('[name="start"]').select_option("8")
    page.locator('[name="end"]').select_option("16")
    page.get_by_role("button", name="Spara valet").click()
    assert "Ditt val är sparat." in page.inner_text("main"), who
    assert hours(page) == ("8", "16"), who


def test_a_task_is_done_from_the_inbox_by_whose_it_is_and_by_nobody_else(cast: Cast) -> None:
    page = steps.intervention(cast)
    steps.task(cast, page, "polis")
    actor = cast.actor("polis")
    with work(actor):
        deadline = Deadline.objects.get(kind="task_due", responsible_membership=actor.member)
        notice = put_notice(deadline, actor, reminder_id=reminder_of(deadline))
    client = cast.client("polis")
    there = f"/inkorg/{notice.pk}/klart/"
    assert there in client.get("/inkorg/").content.decode()
    assert cast.client("fritidsledare").post(there).status_code == 404
    assert client.post(there).status_code == 302
    assert "Inget nytt i inkorgen" in client.get("/inkorg/").content.decode()
    with work(actor):
        deadline.refresh_from_db()
        assert deadline.state == Deadline.State.DONE
        assert Notice.objects.get(pk=notice.pk).done_at is not None
