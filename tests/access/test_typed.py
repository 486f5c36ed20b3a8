"""What is typed is kept without characters that nobody sees and that turn or split what is read."""

from __future__ import annotations

import unicodedata

from django.http import QueryDict

from access.typed import UNSEEN, seen
from tests.cases import steps
from tests.cast import Cast

TYPED, KEPT = "\ufeffNi\u00adls \u202eEx\u200bempel\u2066", "Nils Exempel"
# A mark that tells the direction, and a joiner without which a word in Persian is misspelt.
PERSIAN = "\u200fنی\u200cلوفر\u200e"


def test_a_pasted_name_is_kept_and_found_as_it_is_seen(cast: Cast) -> None:
    steps.tell(cast.client("larare"))
    client = cast.client("koordinator")
    concern = steps.first_link(client, "/inkommet/", "/inkommet/")
    case = steps.take(client, concern, name=TYPED)
    page = client.get(case).content.decode()
    assert KEPT in page
    assert not UNSEEN.keys() & set(map(ord, page))
    assert case in client.post("/arenden/sok/", {"term": "Exe\u200bmpel"}).content.decode()


def test_what_a_language_is_written_with_stays(cast: Cast) -> None:
    answer = cast.client("larare").post("/oro/ny/", steps.concern_fields(child=PERSIAN, seen=""))
    assert answer.status_code == 422
    assert PERSIAN in answer.content.decode()


def test_what_the_lock_holds_is_clean_too(cast: Cast) -> None:
    client = cast.client("larare")
    session = client.session
    session["locked"] = True
    session.save()
    locked = client.post("/oro/ny/", steps.concern_fields(child=TYPED))
    assert locked.headers["Location"].startswith("/las-upp/")
    session["locked"] = False
    session.save()
    page = client.get("/oro/ny/").content.decode()
    assert KEPT in page
    assert not UNSEEN.keys() & set(map(ord, page))


def test_a_password_is_left_as_it_was_typed() -> None:
    fields = QueryDict(mutable=True)
    fields.update({"password": TYPED, "name": TYPED})
    assert seen(fields).dict() == {"password": TYPED, "name": KEPT}


def test_every_character_that_is_taken_away_is_one_that_nobody_sees() -> None:
    assert {unicodedata.category(chr(one)) for one in UNSEEN} == {"Cf"}
