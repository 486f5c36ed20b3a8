"""A second factor counts for the session in which it was given, not for one that somebody else has open."""

from __future__ import annotations

from django.test import Client

from tests.access.test_session import PASSWORD, enrol, sign_in
from tests.cast import Cast


def test_adding_a_second_factor_ends_a_session_that_only_had_the_password(cast: Cast) -> None:
    user = cast.membership("larare").user
    user.set_password(PASSWORD)
    user.save()
    thief, owner = Client(), Client()
    assert sign_in(thief, user) == 302
    assert sign_in(owner, user) == 302
    assert thief.get("/")["Location"] == "/andra-faktor/app/"
    enrol(owner)
    assert owner.get("/").status_code == 200
    assert thief.get("/")["Location"].startswith("/logga-in/")
