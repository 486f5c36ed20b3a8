"""S20: the coordinator is employed in the wrong place. Nothing about a named child until somebody has shown what holds."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from access.models import Agency, AgencyKind
from access.request_transaction import work
from audit.models import AuditEvent
from cases.models import Protection
from cases.rules.concern_basis import Mode
from cases.rules.host import host_rule
from cases.rules.law import NoRule
from cases.services.concern import ConcernText, raise_concern
from cases.services.host import HostClosed
from cases.services.triage import Identity, open_case, register_person
from tests.cases import steps
from tests.cast import Cast

COORDINATOR, MANAGER, TEACHER = "varnamo-koordinator", "varnamo-chef", "varnamo-larare"
CLOSED = "Enskilda ärenden är avstängda"


def attach(client: Client, **changed: str) -> int:
    fields = {
        "kind": "agreement",
        "reference": "KS 2026/123, Överenskommelse om SSPF",
        "dated": timezone.localdate().isoformat(),
        "checked": "on",
    }
    return client.post("/samordningen/", fields | changed).status_code


def test_outside_social_services_cases_are_closed_and_the_pages_say_why(cast: Cast) -> None:
    coordinator = cast.client(COORDINATOR)
    assert CLOSED in coordinator.get("/").content.decode()
    for page in ("/arenden/", "/inkommet/", "/arenden/sok/", "/nodoppning/"):
        answer = coordinator.get(page)
        assert answer.status_code == 404
        assert "7 kap. 2 § OSL" in answer.content.decode()
    teacher = cast.client(TEACHER)
    for answer in (teacher.get("/oro/ny/"), teacher.post("/oro/ny/", steps.concern_fields())):
        assert answer.status_code == 404
        assert "08-465 004 40" in answer.content.decode()
    assert teacher.get("/orosanmalan/").status_code == 200


def test_the_services_refuse_whatever_the_pages_do(cast: Cast) -> None:
    now, today = timezone.now(), timezone.localdate()
    teacher = cast.actor(TEACHER)
    text = ConcernText(child="", seen="x", place="", done="", guardians="")
    with work(teacher), pytest.raises(HostClosed):
        raise_concern(actor=teacher, text=text, mode=Mode.NAMED, now=now, today=today)
    coordinator = cast.actor(COORDINATOR)
    with work(coordinator):
        identity = Identity(name="N", birth_date="", number=None, protection=Protection.NONE)
        person = register_person(actor=coordinator, identity=identity, now=now)
        with pytest.raises(HostClosed):
            open_case(actor=coordinator, person=person, now=now, today=today)


def test_the_manager_attaches_the_agreement_and_a_case_can_be_opened(cast: Cast) -> None:
    manager = cast.client(MANAGER)
    assert "26 kap. 1 § OSL" in manager.get("/samordningen/").content.decode()
    assert attach(manager, checked="") == 422
    assert attach(manager, kind="a_promise") == 422
    assert attach(manager, dated="2099-01-01") == 422
    assert CLOSED in manager.get("/").content.decode()
    assert attach(manager) == 302
    shown = manager.get("/samordningen/").content.decode()
    assert "KS 2026/123" in shown
    assert "Börje Sund" in shown
    steps.tell(cast.client(TEACHER))
    coordinator = cast.client(COORDINATOR)
    steps.take(coordinator, steps.first_link(coordinator, "/inkommet/", "/inkommet/"))
    assert coordinator.get("/arenden/").status_code == 200
    assert manager.post("/samordningen/", {"act": "remove"}).status_code == 409
    noted = AuditEvent.objects.get(action="host.attach")
    assert (noted.actor_name, noted.basis) == ("Börje Sund", "agreement")


def test_taken_away_while_nothing_is_open_it_is_closed_again(cast: Cast) -> None:
    manager = cast.client(MANAGER)
    attach(manager)
    assert manager.post("/samordningen/", {"act": "remove"}).status_code == 302
    assert cast.client(COORDINATOR).get("/inkommet/").status_code == 404


def test_social_services_need_nothing_and_only_a_host_has_the_page(cast: Cast) -> None:
    manager = cast.client("chef")
    assert "Inget mer behövs" in manager.get("/samordningen/").content.decode()
    assert attach(manager) == 422
    for who in (COORDINATOR, "koordinator", "administrator", TEACHER):
        assert cast.client(who).get("/samordningen/").status_code == 404
    assert cast.client("koordinator").get("/inkommet/").status_code == 200


def test_the_table_answers_for_every_kind_of_agency() -> None:
    today = timezone.localdate()
    alone = {kind.value for kind in AgencyKind if host_rule(kind.value, today).alone}
    assert alone == {"social_services"}
    assert not host_rule("police", today).met_by("agreement")
    assert not host_rule("coordination", today).met_by("")
    with pytest.raises(NoRule):
        host_rule("newspaper", today)


def test_the_command_tells_where_it_is_closed(db: None) -> None:
    told = StringIO()
    call_command("hosts", stdout=told)
    lines = {line.split(":")[0]: line for line in told.getvalue().splitlines()}
    assert "CLOSED" in lines["Värnamo"]
    assert "open" in lines["Skara"]
    assert len(lines) == Agency.objects.filter(hosts_sspf=True).count()
