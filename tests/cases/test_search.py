"""Searching one's own cases by number, personnummer, samordningsnummer or name, and by nothing else."""

from __future__ import annotations

import re

import pytest
from django.db.models import Value
from django.utils import timezone

from access import door
from access.request_transaction import set_partition, work
from audit.models import AuditEvent
from cases.models import Case, Person, PersonIdentifier
from cases.rules.identity_number import read_identity_number
from cases.rules.name_match import fit
from cases.services.search import MOST_SHOWN
from cases.services.triage import Identity, open_case, register_person
from tests.cases import steps, talk_steps
from tests.cast import Cast

# Skatteverket's published test numbers.
NUMBER, OTHER_NUMBER = "20110102-2398", "20110101-2381"
MISS = "Inga träffar"


def one_case(cast: Cast, **identity: str) -> str:
    steps.tell(cast.client("larare"))
    coordinator = cast.client("koordinator")
    concern = steps.first_link(coordinator, "/inkommet/", "/inkommet/")
    return steps.take(coordinator, concern, **({"name": "Åsa Öberg-Lind"} | identity))


def found(cast: Cast, term: str, *, who: str = "koordinator") -> list[str]:
    answer = cast.client(who).post("/arenden/sok/", {"term": term})
    assert answer.status_code == 200
    return re.findall(r'href="(/arenden/[0-9a-f-]{36}/)"', answer.content.decode())


@pytest.mark.parametrize(
    ("typed", "name", "fits"),
    [
        ("Åsa", "Åsa Öberg", True),
        ("asa", "Åsa Öberg", True),
        ("oberg asa", "Åsa Öberg", True),
        ("Öberg, Åsa", "Åsa Öberg", True),
        ("ÅSA ÖBERG", "Åsa Öberg", True),
        ("A\u030asa", "Åsa Öberg", True),
        ("öber", "Åsa Öberg", True),
        ("Öbreg", "Åsa Öberg", True),
        ("Annders", "Anders Ek", True),
        ("lind", "Åsa Öberg-Lind", True),
        ("Rene", "René Holm", True),
        ("Jhon", "John Ek", True),
        ("Jonh", "John Ek", True),
        ("Kristofersson", "Åsa Kristoffersson", True),
        ("Krsitofferson", "Åsa Kristoffersson", True),
        ("Anna-Karin", "Annakarin Ek", True),
        ("annakarin", "Anna-Karin Ek", True),
        ("anna karin", "Annakarin Ek", True),
        ("ek annakarin", "Anna Karin Ek", True),
        ("Kristina", "Christina Ek", True),
        ("Carl", "Karl Ek", True),
        ("Wilma", "Vilma Ek", True),
        ("Filip", "Philip Ek", True),
        ("Mueller", "Müller Ek", True),
        ("Andre", "André Ek", True),
        ("Johansson", "Jonsson Ek", False),
        ("Maria", "Mohammed Ek", False),
        ("Erik", "Elin Ek", False),
        ("Eva", "Åsa Öberg", False),
        ("Åsa Ek", "Åsa Öberg", False),
        ("Åsa Åsa", "Åsa Öberg", False),
        ("Bo", "Bu Ek", False),
        ("a", "Åsa Öberg", False),
        ("", "Åsa Öberg", False),
        ("-", "Åsa Öberg", False),
    ],
)
def test_what_fits_a_name(typed: str, name: str, fits: bool) -> None:
    assert (fit(typed, name) > 0) is fits


def test_letters_with_marks_are_letters_of_their_own_but_both_are_accepted() -> None:
    assert fit("Åsa", "Åsa Ek") > fit("Asa", "Åsa Ek") > 0
    assert fit("Asa", "Asa Ek") > fit("Asa", "Åsa Ek")


def test_a_right_name_comes_before_a_mistyped_one() -> None:
    assert fit("Karin", "Karin Ek") > fit("Karin", "Karina Ek") > fit("Karin", "Kaarin Ek") > 0


def test_the_best_comes_first_and_what_sounds_alike_before_what_is_mistyped() -> None:
    names = ["Kristian Ek", "Christina Ek", "Kristina Ek", "Kristinah Ek", "Khristina Ek"]
    ranked = sorted(names, key=lambda name: fit("Kristina", name), reverse=True)
    assert ranked[:3] == ["Kristina Ek", "Kristinah Ek", "Christina Ek"]
    assert fit("Kristina", "Khristina Ek") > 0


def test_no_more_than_fifty_are_shown_the_best_of_all_and_the_page_says_so(cast: Cast) -> None:
    actor, now = cast.actor("koordinator"), timezone.now()
    with work(actor):
        for number in range(MOST_SHOWN + 2):
            name = "Nils Ask" if number == 0 else "Nilss Ask"
            identity = Identity(name=name, birth_date="", number=None)
            person = register_person(actor=actor, identity=identity, now=now)
            open_case(actor=actor, person=person, now=now, today=timezone.localdate())
    answer = cast.client("koordinator").post("/arenden/sok/", {"term": "nils ask"})
    page = answer.content.decode()
    links = re.findall(r'href="(/arenden/[0-9a-f-]{36}/)"', page)
    assert len(links) == MOST_SHOWN
    assert page.index("Nils Ask") < page.index("Nilss Ask")
    assert "De 50 bästa träffarna visas" in page


@pytest.mark.parametrize("term", [NUMBER, "201101022398", "110102-2398", " 20110102 2398 "])
def test_a_personnummer_finds_the_case_however_it_is_typed(cast: Cast, term: str) -> None:
    case = one_case(cast, number=NUMBER)
    assert found(cast, term) == [case]
    assert found(cast, OTHER_NUMBER) == []


def test_a_name_and_a_case_number_find_the_case(cast: Cast) -> None:
    case = one_case(cast)
    set_partition(cast.actor("koordinator"))
    number = Case.objects.get(pk=talk_steps.id_in(case)).number
    for term in (
        "oberg asa",
        "Åsa",
        number,
        number.lower(),
        number.replace("-", ""),
        number.replace("-", " "),
    ):
        assert found(cast, term) == [case], term


@pytest.mark.parametrize("term", ["busstationen", "Björkskolan", "S26", "2011", "%", "8B", "rast"])
def test_nothing_but_the_four_keys_finds_anything(cast: Cast, term: str) -> None:
    one_case(cast, number=NUMBER, birth_date="2011-01-02")
    assert found(cast, term) == []


def test_what_is_hidden_is_answered_exactly_like_what_is_missing(cast: Cast) -> None:
    case = one_case(cast, number=NUMBER)
    set_partition(cast.actor("koordinator"))
    number = Case.objects.get(pk=talk_steps.id_in(case)).number
    outsider = cast.client("socialsekreterare-utanfor")
    for hidden, missing in (
        (NUMBER, OTHER_NUMBER),
        ("Åsa Öberg-Lind", "Ulf Ivar-Hede"),
        (number, "S26-22222"),
    ):
        pages = []
        for term in (hidden, missing):
            answer = outsider.post("/arenden/sok/", {"term": term})
            html = answer.content.decode().replace(term, "TERM")
            pages.append(re.sub(r'value="[A-Za-z0-9]{64}"', "", html))
        assert MISS in pages[0]
        assert pages[0] == pages[1]


def test_a_person_whom_another_colleague_knows_too_is_found_by_both_and_only_as_their_own(
    cast: Cast,
) -> None:
    """The second has no index; a miss there would tell that somebody hidden has the number."""
    first = one_case(cast, number=NUMBER)
    colleague = cast.actor("socialsekreterare-utanfor")
    now, today = timezone.now(), timezone.localdate()
    with work(colleague):
        identity = Identity(name="Åsa Öberg", birth_date="", number=read_identity_number(NUMBER))
        person = register_person(actor=colleague, identity=identity, now=now)
        second = open_case(actor=colleague, person=person, now=now, today=today)
        assert PersonIdentifier.objects.get(person=person).index is None
    assert found(cast, NUMBER) == [first]
    assert found(cast, NUMBER, who="socialsekreterare-utanfor") == [f"/arenden/{second.pk}/"]
    assert found(cast, OTHER_NUMBER, who="socialsekreterare-utanfor") == []


def test_another_agencys_same_number_is_not_found(cast: Cast) -> None:
    one_case(cast, number=NUMBER)
    assert found(cast, NUMBER, who="essunga-koordinator") == []


def test_a_search_is_one_event_without_the_term(cast: Cast) -> None:
    one_case(cast, number=NUMBER)
    set_partition(cast.actor("koordinator"))
    searches = AuditEvent.objects.filter(action="search")
    before = searches.count()
    for term in ("Åsa", "Ulla", NUMBER, OTHER_NUMBER, "ulla", NUMBER.replace("-", "")):
        found(cast, term)
    set_partition(cast.actor("koordinator"))
    assert searches.count() == before + 6
    noted = searches.filter(object_type="cases.searchterm").order_by("occurred_at")
    hashes = [event.object_id for event in noted][-6:]
    # Equal terms have equal hashes, and no hash is an index that finds somebody.
    assert (hashes[4], hashes[5]) == (hashes[1], hashes[2])
    assert len(set(hashes)) == 4
    indexes = {bytes(row.index) for row in PersonIdentifier.objects.all() if row.index}
    assert not indexes & {one.bytes for one in hashes if one}
    for event in searches:
        assert event.purpose == "search"
        told = " ".join(str(getattr(event, f.name)) for f in event._meta.get_fields())
        assert "Åsa" not in told
        assert "2398" not in told


def test_a_term_is_never_part_of_an_address(cast: Cast) -> None:
    one_case(cast)
    page = cast.client("koordinator").get("/arenden/").content.decode()
    form = re.search(r'<form[^>]*action="/arenden/sok/"[^>]*>', page)
    assert form
    assert 'method="post"' in form[0]
    ignored = cast.client("koordinator").get("/arenden/sok/?term=%C3%85sa").content.decode()
    assert "/arenden/sok/" in ignored
    assert "Träffar" not in ignored
    assert MISS not in ignored


def test_a_search_by_name_notes_a_read_only_of_the_hits_it_shows(cast: Cast) -> None:
    coordinator = cast.client("koordinator")
    for name in ("Nils Persson", "Ester Blom", "Ali Rask"):
        steps.tell(cast.client("larare"))
        concern = steps.first_link(coordinator, "/inkommet/", "/inkommet/")
        steps.take(coordinator, concern, name=name)
    set_partition(cast.actor("koordinator"))
    reads = AuditEvent.objects.filter(action="read", object_type="cases.person", purpose="search")
    before = reads.count()
    coordinator.post("/arenden/sok/", {"term": "ester"})
    set_partition(cast.actor("koordinator"))
    assert reads.count() - before == 1


def test_a_search_opens_no_row_that_the_actor_may_not_read(cast: Cast) -> None:
    """The policy asks for a relation; these rows have none, or one that does not hold."""
    one_case(cast)
    actor = cast.actor("koordinator")
    opened: list[str] = []

    def fit(text: str) -> float:
        opened.append(text)
        return 1

    with work(actor):
        for marks in ({}, {"door_assigned": Value(False)}):
            rows = Person.objects.annotate(**marks)
            assert door.find(actor, rows, "name", fit) == []
        assert opened == []
        (shown,) = door.find(actor, door.visible(actor, Person), "name", fit)
        assert opened == [shown.name] == ["Åsa Öberg-Lind"]
