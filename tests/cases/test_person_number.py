"""One person may have several numbers over time: the page, the service, and what a hidden hit must not tell."""

from __future__ import annotations

import re
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from access.request_transaction import set_partition, work
from audit.models import AuditEvent
from cases.forms.person_number import PersonNumberForm
from cases.forms.triage import TakeForm
from cases.models import IdentifierKind, MatchTask, PersonIdentifier
from cases.rules.identity_number import NotAnIdentityNumber, read_identity_number
from cases.services.triage import Identity, register_person
from tests.cases import steps, talk_steps
from tests.cast import Cast

# Skatteverket's published test numbers.
FIRST, SECOND, THIRD = "20110102-2398", "20110101-2381", "20200101-2398"
COORDINATION = "191401682396"
OPAQUE = re.compile(r'[0-9a-f]{8}-[0-9a-f-]{27}|[A-Z]\d\d-[0-9A-Z]{5}|value="[^"]{40,}"')


def one_case(cast: Cast, number: str = FIRST) -> str:
    steps.tell(cast.client("larare"))
    client = cast.client("koordinator")
    return steps.take(
        client, steps.first_link(client, "/inkommet/", "/inkommet/"), number=number, name="Åsa Ek"
    )


def page(cast: Cast, case: str, who: str = "koordinator") -> str:
    answer = cast.client(who).get(f"{case}nummer/")
    assert answer.status_code == 200
    return answer.content.decode()


def register(cast: Cast, case: str, number: str, **changed: str) -> tuple[int, str]:
    client = cast.client("koordinator")
    seen = re.search(r'name="seen" value="([^"]*)"', client.get(f"{case}nummer/").content.decode())
    assert seen
    fields = {"number": number, "why": "new", "seen": seen[1]} | changed
    answer = client.post(f"{case}nummer/", fields)
    return answer.status_code, answer.content.decode()


def found(cast: Cast, term: str, who: str = "koordinator") -> list[str]:
    answer = cast.client(who).post("/arenden/sok/", {"term": term})
    return re.findall(r'href="(/arenden/[0-9a-f-]{36}/)"', answer.content.decode())


def hidden_person(cast: Cast, number: str) -> None:
    actor = cast.actor("koordinator")
    with work(actor):
        identity = Identity(name="Dold Ek", birth_date="", number=read_identity_number(number))
        register_person(actor=actor, identity=identity, now=timezone.now())


@pytest.mark.parametrize(
    "typed",
    [
        "20110102-2398", "201101022398", "110102-2398", "1101022398", " 20110102 2398 ",
        "2011-01-02-2398", "2011.01.02-2398", "20110102\u20132398", "20110102\u22122398",
        "110102\u20112398", "2011\u00a00102\u20092398", "２０１１０１０２－２３９８", "20110102:2398",
        "2011/01/02 2398",
    ],
)  # fmt: skip
def test_a_number_is_the_same_however_it_is_typed(typed: str) -> None:
    assert read_identity_number(typed).digits == "201101022398"


@pytest.mark.parametrize(
    "typed", ["140168+2396", "191401682396", "19140168-2396", "1914-01-68+2396"]
)
def test_from_a_hundred_years_the_sign_is_a_plus(typed: str) -> None:
    number = read_identity_number(typed)
    assert (number.digits, number.kind) == (COORDINATION, IdentifierKind.SAMORDNINGSNUMMER)


@pytest.mark.parametrize("typed", ["191500722390", "191711602399", "192004912388"])
def test_a_coordination_number_may_have_an_unknown_or_impossible_day(typed: str) -> None:
    """Skatteverket publishes these as test numbers: month 00, day 60, and the 31st of April."""
    number = read_identity_number(typed)
    assert (number.digits, number.kind) == (typed, IdentifierKind.SAMORDNINGSNUMMER)


OFFICIAL = Path(__file__).resolve().parents[2].parent / "shared" / "data"


@pytest.mark.skipif(
    not OFFICIAL.is_dir(), reason="Skatteverket's lists are not beside the repository"
)
@pytest.mark.parametrize("kind", IdentifierKind.values)
def test_all_of_skatteverkets_test_numbers_are_taken_and_none_with_another_last_digit(
    kind: str,
) -> None:
    numbers = (OFFICIAL / f"test-{kind}.txt").read_text(encoding="ascii").split()
    assert len(numbers) > 2000
    for typed in numbers:
        number = read_identity_number(typed)
        assert (number.digits, number.kind) == (typed, kind)
        wrong = typed[:-1] + str((int(typed[-1]) + 1) % 10)
        with pytest.raises(NotAnIdentityNumber):
            read_identity_number(wrong)


@pytest.mark.parametrize("typed", ["192013612394", "192001922394", "192002302385"])
def test_a_day_that_is_neither_known_nor_unknown_is_refused(typed: str) -> None:
    digits = [int(d) * (2 - n % 2) for n, d in enumerate(typed[2:-1])]
    check = -sum(d // 10 + d % 10 for d in digits) % 10
    with pytest.raises(NotAnIdentityNumber):
        read_identity_number(typed[:-1] + str(check))


def test_a_number_of_somebody_not_born_yet_is_refused_where_it_is_recorded() -> None:
    born = date(2011, 1, 2)
    assert read_identity_number(FIRST, born_by=born).digits == "201101022398"
    assert read_identity_number(COORDINATION, born_by=date(1914, 1, 8)).digits == COORDINATION
    with pytest.raises(NotAnIdentityNumber, match="future"):
        read_identity_number(FIRST, born_by=born - timedelta(days=1))
    later = {"number": "209601012397"}
    assert "number" in PersonNumberForm(later, has_number=True).errors
    assert "number" in TakeForm(later).errors


@pytest.mark.parametrize(
    "typed",
    ["", "20110102", "20110102-2399", "20111302-2398", "20110102--2398", "2011O102-2398", "x" * 40,
     "20110102-239８9", "-201101022398", "20110102-2398-", "٢٠١١٠١٠٢٢٣٩٨"],
)  # fmt: skip
def test_what_is_no_number_is_refused(typed: str) -> None:
    with pytest.raises(NotAnIdentityNumber):
        read_identity_number(typed)


def test_a_new_number_ends_the_earlier_one_and_both_find_the_case(cast: Cast) -> None:
    case = one_case(cast)
    assert FIRST in page(cast, case)
    assert register(cast, case, SECOND)[0] == 302
    shown = page(cast, case)
    assert SECOND in shown.split("Tidigare nummer")[0]
    assert FIRST in shown.split("Tidigare nummer")[1]
    assert found(cast, FIRST) == found(cast, SECOND) == [case]
    set_partition(cast.actor("koordinator"))
    earlier, present = PersonIdentifier.objects.order_by("starts_at")
    assert earlier.ends_at == present.starts_at
    assert present.ends_at is None


def test_a_coordination_number_gives_way_to_a_personnummer(cast: Cast) -> None:
    case = one_case(cast, COORDINATION)
    assert "samordningsnummer" in page(cast, case)
    register(cast, case, FIRST)
    assert "personnummer" in page(cast, case).split("Tidigare nummer")[0]
    assert found(cast, "140168+2396") == [case]


def test_a_wrong_number_finds_nobody_and_is_free_for_its_owner(cast: Cast) -> None:
    case = one_case(cast)
    register(cast, case, SECOND, why="wrong")
    assert "var fel" in page(cast, case)
    assert found(cast, FIRST) == []
    assert found(cast, SECOND) == [case]
    owner = one_case(cast, FIRST)
    assert found(cast, FIRST) == [owner]
    set_partition(cast.actor("koordinator"))
    assert not MatchTask.objects.exists()


def test_the_first_number_asks_for_no_reason(cast: Cast) -> None:
    case = one_case(cast, "")
    assert "Inget nummer registrerat" in page(cast, case)
    assert "Varför ett nytt nummer" not in page(cast, case)
    assert register(cast, case, FIRST, why="")[0] == 302
    assert found(cast, FIRST) == [case]


def test_going_back_to_an_earlier_number_needs_no_match_task(cast: Cast) -> None:
    case = one_case(cast)
    register(cast, case, SECOND)
    assert register(cast, case, FIRST)[0] == 302
    assert found(cast, FIRST) == [case]
    set_partition(cast.actor("koordinator"))
    assert not MatchTask.objects.exists()


def test_a_number_that_somebody_hidden_has_gives_the_same_page_and_a_match_task(cast: Cast) -> None:
    hidden_person(cast, THIRD)
    pages = []
    for number in (SECOND, THIRD):
        case = one_case(cast, "")
        status, _answer = register(cast, case, number)
        pages.append((status, OPAQUE.sub("", page(cast, case).replace(number, "NUMBER"))))
        assert found(cast, number) == [case]
    assert pages[0] == pages[1]
    assert "NUMBER" in pages[0][1]
    set_partition(cast.actor("koordinator"))
    assert MatchTask.objects.count() == 1


@pytest.mark.parametrize(
    ("number", "why", "word"),
    [
        ("20110102-2399", "new", "Numret stämmer inte"),
        ("", "new", "Skriv numret"),
        (SECOND, "", "Välj varför"),
        (FIRST, "new", "Det är redan personens nummer"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(
    cast: Cast, number: str, why: str, word: str
) -> None:
    case = one_case(cast)
    status, answer = register(cast, case, number, why=why)
    assert status in {409, 422}
    assert word in answer
    assert f'value="{number}"' in answer or not number


def test_the_second_of_two_who_record_at_once_is_told(cast: Cast) -> None:
    case = one_case(cast)
    before = re.search(r'name="seen" value="([^"]*)"', page(cast, case))
    assert before
    register(cast, case, SECOND)
    status, answer = register(cast, case, THIRD, seen=before[1])
    assert status == 409
    assert "Någon annan har just registrerat" in answer
    assert SECOND in answer
    assert register(cast, case, THIRD)[0] == 302


def test_a_case_that_has_ended_takes_no_new_number_but_shows_them(cast: Cast) -> None:
    case = one_case(cast)
    talk_steps.close(cast, cast.client("koordinator"), case)
    assert "Registrera" not in page(cast, case)
    assert FIRST in page(cast, case)
    answer = cast.client("koordinator").post(f"{case}nummer/", {"number": SECOND, "why": "new"})
    assert answer.status_code == 409


def test_only_who_works_on_the_case_sees_the_page(cast: Cast) -> None:
    case = one_case(cast)
    for who in ("socialsekreterare-utanfor", "chef", "polis", "larare", "essunga-koordinator"):
        client = cast.client(who)
        assert client.get(f"{case}nummer/").status_code == 404
        assert client.post(f"{case}nummer/", {"number": SECOND}).status_code == 404
    set_partition(cast.actor("koordinator"))
    assert PersonIdentifier.objects.count() == 1


def test_the_log_says_that_a_number_was_recorded_and_read_but_not_which(cast: Cast) -> None:
    case = one_case(cast)
    register(cast, case, SECOND)
    set_partition(cast.actor("koordinator"))
    noted = AuditEvent.objects.get(action="person.number")
    assert noted.case_id == talk_steps.id_in(case)
    assert AuditEvent.objects.filter(
        action="read", object_type="cases.personidentifier", purpose="case_work"
    ).exists()
    for event in AuditEvent.objects.all():
        told = " ".join(str(getattr(event, field.name)) for field in event._meta.get_fields())
        assert "2381" not in told
