"""A second factor counts for the session in which it was given, not for one that somebody else has open."""

from __future__ import annotations

import re

from allauth.mfa.totp.internal.auth import SECRET_SESSION_KEY
from django.contrib.sessions.models import Session
from django.test import Client

from tests.access.test_session import PASSWORD, enrol, sign_in
from tests.cast import Cast
from tests.second_factor import code_from


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


def test_the_secret_is_sealed_in_the_session_while_it_waits_to_be_confirmed(cast: Cast) -> None:
    user = cast.membership("larare").user
    user.set_password(PASSWORD)
    user.save()
    client = Client()
    sign_in(client, user)
    page = client.get("/andra-faktor/app/").content.decode()
    shown = re.search(r"[A-Z2-7]{32}", page)
    assert shown
    wrong = client.post("/andra-faktor/app/", {"code": "000000"}).content.decode()
    assert shown[0] in wrong
    kept = [row.get_decoded() for row in Session.objects.all()]
    assert any(SECRET_SESSION_KEY in session for session in kept)
    assert shown[0] not in str(kept)
    assert client.post("/andra-faktor/app/", {"code": code_from(shown[0])}).status_code == 302
    assert not any(SECRET_SESSION_KEY in row.get_decoded() for row in Session.objects.all())


def test_a_session_from_before_the_secrets_were_sealed_gets_a_new_one(cast: Cast) -> None:
    user = cast.membership("larare").user
    user.set_password(PASSWORD)
    user.save()
    client = Client()
    sign_in(client, user)
    session = client.session
    session[SECRET_SESSION_KEY] = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
    session.save()
    enrol(client)
    assert client.get("/").status_code == 200
