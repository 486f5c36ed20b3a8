"""Beside a section: in which role and relation one sees it, on which basis and since when, and who else can see it."""

from __future__ import annotations

import re
from datetime import timedelta

from django.test import Client
from django.utils import timezone

from access.request_transaction import work
from cases.services.triage import assign
from tests.cases import hard_steps, steps, talk_steps
from tests.cases.share_steps import text_of
from tests.cases.test_consent import RELEASED
from tests.cases.test_protected import raising
from tests.cast import Cast

WHY = re.compile(r"<summary>Varför ser jag detta\?.*?</summary><p>(.*?)</p>", re.DOTALL)
OTHERS = re.compile(r"<summary>Vilka fler kan se detta\?.*?</details>", re.DOTALL)


def told(client: Client, page: str) -> tuple[list[str], str]:
    """Each reason on the page, and all that it says of others."""
    html = client.get(page).content.decode()
    return WHY.findall(html), " ".join(OTHERS.findall(html))


def test_who_works_on_the_case_is_told_since_when_and_on_which_consent(cast: Cast) -> None:
    case = talk_steps.active(cast)
    today = timezone.localdate()
    last = today + timedelta(days=150)
    why, others = told(cast.client("koordinator"), case)
    expected = (
        f"Du är SSPF-koordinator och du arbetar med ärendet. Du arbetar i ärendet sedan {today}."
        f" Samtycke från {today} till och med {last}."
    )
    assert expected in why
    assert "Elias Brodin, Socialsekreterare" in others
    assert "Vera Lundh" not in others, "she does not work on it"


def test_who_received_it_is_told_the_provision_and_the_days_and_who_else_did(cast: Cast) -> None:
    case, summary = steps.released(cast)
    officer = cast.client("polis", code="1495")
    page = steps.first_link(officer, RELEASED, RELEASED)
    today = timezone.localdate()
    (why, *_more), others = told(officer, page)
    assert "det har lämnats ut till dig vid namn." in why
    assert f"Utlämnat {today} enligt 10 kap. 1 § och 12 kap. 2 § OSL" in why
    assert f"Får läsas till och med {today + timedelta(days=90)}." in why
    assert "Ingen annan kan se detta." in others
    _why, others = told(cast.client("koordinator"), summary)
    assert f"Samir Ekdal, utlämnat {today}" in others
    # Taken back, nobody there can see it any more, and nobody is told that they can.
    withdraw = steps.link_matching(cast.client("koordinator"), case, r"/samtycke/[0-9a-f-]{36}/aterkalla/")  # fmt: skip
    sent = {"whole": "on", "channel": "phone", "act": "confirm"}
    assert cast.client("koordinator").post(withdraw, sent).status_code == 302
    assert "Samir Ekdal" not in told(cast.client("koordinator"), summary)[1]


def test_who_is_not_named_for_somebody_protected_is_not_among_the_others(cast: Cast) -> None:
    case = talk_steps.active(cast)
    assert "Elias Brodin" in told(cast.client("koordinator"), case)[1]
    raising(cast, case)
    hidden = hard_steps.case_of(cast, case)
    with work(cast.actor("koordinator")):
        # Put on it again, and still not named.
        worker = cast.membership("socialsekreterare").id
        assign(case=hidden, membership_id=worker, lead=False, today=timezone.localdate())
    assert "Elias Brodin" not in told(cast.client("koordinator"), case)[1]
    assert hidden.number in text_of(cast.client("koordinator").get(case))
