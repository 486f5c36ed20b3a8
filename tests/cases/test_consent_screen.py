"""The page that the young person signs on: what is wrong is told at the field, in the form's language, and nothing typed is lost."""

from __future__ import annotations

import re
import string

import pytest
from django.test import Client
from django.utils import timezone

from access.request_transaction import work
from cases.forms.consent_answer import OPINION_MOST
from cases.models import ConsentEvent, ConsentScope, Person
from cases.rules.consent_form import CODES
from cases.rules.consent_screen import screen_words
from cases.services.protection import name_all
from tests.cases import steps
from tests.cases.share_steps import text_of
from tests.cases.test_consent import kinds_of, taken
from tests.cast import Cast

ADDRESS = "Jag bor hos mormor på Storgatan 12."


def handed_over(cast: Cast, *, language: str = "sv") -> tuple[Client, str]:
    """The page that a 16-year-old signs on, already on the screen."""
    coordinator, case = taken(cast, age=16)
    steps.guardian(coordinator, case)
    school = [cast.membership("larare").agency_id]
    consent = steps.begin_consent(coordinator, case, school, language=language)
    _guardian, youth = steps.signers(coordinator, consent)
    return coordinator, coordinator.post(youth.replace("/svar/", "/skarm/"))["Location"]


def protect(cast: Cast) -> None:
    actor = cast.actor("koordinator")
    with work(actor):
        Person.objects.update(protection="marked")
        name_all(
            actor=actor,
            person=Person.objects.get(),
            named=[cast.membership("koordinator"), cast.membership("chef")],
            reason="Hot mot familjen",
            now=timezone.now(),
        )


@pytest.mark.parametrize("language", ["sv", "ar"])
def test_an_address_of_somebody_protected_is_told_at_the_field_and_the_text_stays(
    cast: Cast, language: str
) -> None:
    coordinator, page = handed_over(cast, language=language)
    protect(cast)
    answer = coordinator.post(page, {"act": "sign", "opinion": ADDRESS})
    assert answer.status_code == 422
    said = answer.content.decode()
    assert f'id="opinion-error">{screen_words(language)["opinion_address"]}<' in said
    assert 'aria-describedby="opinion-error"' in said
    assert f">{ADDRESS}</textarea>" in said
    # The screen is in somebody else's hands: it does not say why.
    assert "skyddade" not in said
    assert "signed" not in kinds_of(cast)
    again = coordinator.post(page, {"act": "sign", "opinion": "Jag bor hos mormor."})
    assert again.status_code == 200
    assert "signed" in kinds_of(cast)


def test_where_nobody_is_protected_an_address_stands(cast: Cast) -> None:
    coordinator, page = handed_over(cast)
    assert coordinator.post(page, {"act": "sign", "opinion": ADDRESS}).status_code == 200


def test_a_text_that_is_too_long_is_told_and_kept(cast: Cast) -> None:
    coordinator, page = handed_over(cast)
    for empty in ("", "   \n"):
        answer = coordinator.post(page, {"act": "sign", "opinion": empty})
        assert answer.status_code == 422
        assert screen_words("sv")["opinion_missing"] in text_of(answer)
    long = "å" * (OPINION_MOST + 1)
    answer = coordinator.post(page, {"act": "sign", "opinion": long})
    assert answer.status_code == 422
    assert "Skriv högst 2000 tecken." in text_of(answer)
    assert f">{long}</textarea>" in answer.content.decode()
    assert coordinator.post(page, {"act": "sign", "opinion": long[1:]}).status_code == 200
    with work(cast.actor("koordinator")):
        assert ConsentEvent.objects.get(kind="signed").channel == "screen"


def test_not_now_asks_for_nothing(cast: Cast) -> None:
    coordinator, page = handed_over(cast)
    answer = coordinator.post(page, {"act": "leave", "opinion": ""})
    assert answer.status_code == 200
    assert screen_words("sv")["left"] in text_of(answer)
    assert "signed" not in kinds_of(cast)


@pytest.mark.parametrize("code", CODES)
def test_every_language_has_the_same_words_with_the_same_gaps(code: str) -> None:
    def gaps(words: dict[str, str]) -> dict[str, set[str | None]]:
        return {
            key: {gap for _t, gap, _s, _c in string.Formatter().parse(text)}
            for key, text in words.items()
        }

    assert gaps(dict(screen_words(code))) == gaps(dict(screen_words("sv")))
    assert code in {"sv", "sv_easy"} or not set(screen_words(code).values()) & set(
        screen_words("sv").values()
    )


def test_a_line_for_each_unit_opens_to_every_one_of_its_ticks_and_the_paper_shows_all_at_once(
    cast: Cast,
) -> None:
    coordinator, page = handed_over(cast)
    said = coordinator.get(page).content.decode()
    with work(cast.actor("koordinator")):
        ticks = list(ConsentScope.objects.select_related("consent"))
    units = {one.covers_unit_name for one in ticks}
    assert screen_words("sv")["read_each"] in said
    lines = re.findall(r"<details[^>]*>.*?</details>", said, re.DOTALL)
    assert len(lines) == len(units)
    # Read in a summary, signed for row by row: nothing is open, ticked or chosen beforehand.
    assert not re.search(r"<details[^>]* open|<input[^>]*(checked|type=\"checkbox\")", said)
    for line in lines:
        mine = [one for one in ticks if f">{one.covers_unit_name}</bdi></span>" in line]
        tells, told = (
            sum(getattr(one, may) for one in mine) for may in ("may_share", "may_receive")
        )
        assert f"Får berätta: <bdi>{tells}</bdi> · Får veta: <bdi>{told}</bdi>" in line
        assert (line.count("<tr>"), line.count("<td>X</td>")) == (len(mine) + 1, tells + told)
    # In another browser: this one is locked.
    paper = (
        cast.client("koordinator")
        .get(f"/samtycke/{ticks[0].consent_id}/blankett/sv/")
        .content.decode()
    )
    assert "<details" not in paper[paper.index("s-paper") :]
    assert paper.count("<td>X</td>") == said.count("<td>X</td>")
