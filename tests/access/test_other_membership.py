"""One browser, several memberships: what was written in one is never carried out, or kept, in another."""

from __future__ import annotations

import re
from datetime import timedelta
from uuid import uuid4

from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from access.actor import MEMBERSHIP_KEY
from access.models import HeldForm, Membership
from access.request_transaction import set_partition
from access.session_guard import LOCKED
from cases.models import ConcernDraft, ConcernReceipt
from tests.cases import steps
from tests.cases.share_steps import text_of
from tests.cast import Cast

ENDED = "En av dina roller har upphört"
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


def strict(cast: Cast, who: str, **chosen: str) -> Client:
    """Their browser, with the check of forms' tokens that a real one meets."""
    client = Client(enforce_csrf_checks=True)
    client.cookies = cast.client(who, **chosen).cookies
    return client


def form_token(client: Client, page: str) -> str:
    found = TOKEN.search(client.get(page).content.decode())
    assert found
    return found[1]


def forget_choice(cast: Cast, who: str, code: str) -> None:
    """The membership ends today at midnight, as seen the day after."""
    yesterday = timezone.localdate() - timedelta(days=1)
    Membership.objects.filter(pk=cast.membership(who, code=code).pk).update(
        starts_on=yesterday - timedelta(days=30), ends_on=yesterday
    )


def nothing_kept(cast: Cast) -> bool:
    for code in ("1495", "1471"):
        set_partition(cast.actor("polis", code=code))
        if any(m.objects.exists() for m in (ConcernReceipt, ConcernDraft, HeldForm)):
            return False
    return True


def test_a_form_opened_before_switching_is_refused_afterwards(cast: Cast) -> None:
    browser = strict(cast, "polis", code="1495")
    written = form_token(browser, "/oro/ny/")
    other = cast.membership("polis", code="1471").id
    switched = browser.post(f"/byt/{other}/", {"csrfmiddlewaretoken": written})
    assert switched.status_code == 302
    fields = steps.concern_fields() | {"csrfmiddlewaretoken": written}
    assert browser.post("/oro/ny/", fields).status_code == 403
    assert browser.post("/oro/utkast/", fields).status_code == 403
    assert nothing_kept(cast)
    fresh = form_token(browser, "/oro/ny/")
    sent = browser.post("/oro/ny/", fields | {"csrfmiddlewaretoken": fresh})
    assert sent.status_code == 302


def test_what_was_written_in_a_membership_that_has_ended_is_not_sent_in_the_next(
    cast: Cast,
) -> None:
    client = cast.client("polis", code="1495")
    forget_choice(cast, "polis", "1495")
    refused = client.post("/oro/ny/", steps.concern_fields(place='Torget&"P-huset"'))
    page = refused.content.decode()
    assert refused.status_code == 403
    # What was written comes back to its writer, and to nobody else.
    for told in (
        steps.SEEN,
        "Talat med mentor",
        "Torget&amp;&quot;P-huset&quot;",
        "det du skrev är inte skickat",
    ):
        assert told in page
    assert page.count("<textarea") == 4  # child, seen, place, done: no code
    assert nothing_kept(cast)
    assert client.session[MEMBERSHIP_KEY] == str(cast.membership("polis", code="1471").id)


def test_a_form_opened_before_the_membership_ended_is_refused_after_another_page_was_looked_at(
    cast: Cast,
) -> None:
    browser = strict(cast, "polis", code="1495")
    written = form_token(browser, "/oro/ny/")
    forget_choice(cast, "polis", "1495")
    assert browser.get("/").status_code == 200
    fields = steps.concern_fields() | {"csrfmiddlewaretoken": written}
    refused = browser.post("/oro/ny/", fields)
    assert (refused.status_code, steps.SEEN in refused.content.decode()) == (403, True)
    assert nothing_kept(cast)
    fresh = form_token(browser, "/oro/ny/")
    assert browser.post("/oro/ny/", fields | {"csrfmiddlewaretoken": fresh}).status_code == 302


def test_what_was_written_in_a_membership_that_has_ended_is_not_held_for_the_next(
    cast: Cast,
) -> None:
    client = cast.client("polis", code="1495")
    session = client.session
    session[LOCKED] = True
    session.save()
    forget_choice(cast, "polis", "1495")
    assert client.post("/oro/ny/", steps.concern_fields())["Location"].startswith("/las-upp/")
    assert nothing_kept(cast)


def test_which_role_ended_on_which_day_and_where_one_is_now_is_told_until_it_has_been_seen(
    cast: Cast,
) -> None:
    browser = strict(cast, "polis", code="1495")
    assert ENDED not in browser.get("/oro/ny/").content.decode()
    forget_choice(cast, "polis", "1495")
    left, now = (cast.membership("polis", code=code) for code in ("1495", "1471"))
    day = date_format(timezone.localdate() - timedelta(days=1), "j F")
    for page in ("/oro/ny/", "/inkorg/", f"/arenden/{left.id}/", "/"):
        told = text_of(browser.get(page))
        assert (
            f"Din roll som kommunpolis, {left.unit.name}, {left.municipality.name}, gällde till och med {day}."
            in told
        )
        assert f"Nu arbetar du som kommunpolis, {now.unit.name}, {now.municipality.name}." in told
    token = form_token(browser, "/")
    assert browser.post("/byt/sett/", {"csrfmiddlewaretoken": token})["Location"] == "/"
    assert ENDED not in browser.get("/").content.decode()
    # Whoever was away is told on the start page, for two weeks; not of what goes on under a new row.
    fresh = cast.client("polis", code="1471")
    assert ENDED in fresh.get("/").content.decode()
    assert ENDED not in fresh.get("/oro/ny/").content.decode()
    again = Membership.objects.get(pk=left.pk)
    again.pk, again.starts_on = uuid4(), timezone.localdate()
    again.ends_on = again.starts_on + timedelta(days=9)
    again.save(force_insert=True)
    assert ENDED not in fresh.get("/").content.decode()
    Membership.objects.filter(pk=again.pk).update(unit=now.unit)
    assert ENDED in fresh.get("/").content.decode()
    Membership.objects.filter(pk=left.pk).update(ends_on=timezone.localdate() - timedelta(days=15))
    assert ENDED not in fresh.get("/").content.decode()


def test_whoever_has_no_role_left_is_told_which_ended_and_whom_to_ask(cast: Cast) -> None:
    client, mine = cast.client("larare"), cast.membership("larare")
    yesterday = timezone.localdate() - timedelta(days=1)
    Membership.objects.filter(pk=mine.pk).update(ends_on=yesterday)
    written = client.post("/oro/ny/", steps.concern_fields())
    assert (written.status_code, steps.SEEN in written.content.decode()) == (403, True)
    assert client.get("/oro/ny/")["Location"] == "/ingen-roll/"
    told = text_of(client.get("/ingen-roll/"))
    day = date_format(yesterday, "j F")
    assert (
        f"Din roll som lärare, {mine.unit.name}, {mine.municipality.name}, gällde till och med {day}."
        in told
    )
    assert "Fråga din chef eller kommunens systemadministratör." in told
    Membership.objects.filter(pk=cast.membership("rektor").pk).update(role="manager")
    assert f"Fråga chefen för {mine.unit.name}:" in text_of(client.get("/ingen-roll/"))
    assert client.post(reverse("account_logout")).status_code == 302


def test_a_password_typed_in_a_locked_session_is_kept_nowhere(cast: Cast) -> None:
    client = cast.client("larare")
    session = client.session
    session[LOCKED] = True
    session.save()
    fields = {"oldpassword": "korrekt-hast", "password1": "ny-hast", "password2": "ny-hast"}
    client.post("/losenord/", fields)
    client.post("/oro/ny/", fields)
    set_partition(cast.actor("larare"))
    assert not HeldForm.objects.exists()


def test_nothing_is_held_of_a_page_that_is_closed_to_the_role(cast: Cast) -> None:
    client = cast.client("larare")
    session = client.session
    session[LOCKED] = True
    session.save()
    client.post("/arenden/sok/", {"term": "Nils"})
    set_partition(cast.actor("larare"))
    assert not HeldForm.objects.exists()


def test_the_reason_for_declining_comes_back_in_its_own_field_after_the_lock(cast: Cast) -> None:
    steps.tell(cast.client("larare"))
    client = cast.client("koordinator")
    page = steps.first_link(client, "/inkommet/", "/inkommet/")
    session = client.session
    session[LOCKED] = True
    session.save()
    reason = "Familjen har redan stöd och vill ha det kvar."
    client.post(page, {"act": "decline", "reason": reason})
    session = client.session
    session[LOCKED] = False
    session.save()
    html = client.get(page).content.decode()
    assert re.search(rf'<textarea[^>]* name="reason"[^>]*>\s*{reason}', html)
