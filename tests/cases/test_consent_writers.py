"""Who writes consents: the coordinator of the case (domain.md §4.4, R12). Others have no way there, and no button that leads to one."""

from __future__ import annotations

import re

from access import door
from access.policy import Action
from access.request_transaction import work
from audit.models import AuditEvent
from cases.models import Consent
from tests.cases import steps, talk_steps
from tests.cast import Cast

PAPERS = ("blankett/sv/", "blankett/sv/pdf/", "kopia/sv/pdf/")
BEGINS = re.compile(r'href="/arenden/[0-9a-f-]{36}/samtycke/"')


def consent_of(cast: Cast, case: str) -> Consent:
    with work(cast.actor("koordinator")):
        return Consent.objects.get(case_id=talk_steps.id_in(case))


def test_who_may_list_the_consent_but_not_write_it_prints_no_paper_of_it(cast: Cast) -> None:
    case = talk_steps.active(cast)
    consent = consent_of(cast, case)
    for who in ("chef", "socialsekreterare"):
        actor = cast.actor(who)
        with work(actor):
            row = door.visible(actor, Consent).get(pk=consent.pk)
            assert not door.may(actor, row, "consent", Action.WRITE)
        for paper in PAPERS:
            assert cast.client(who).get(f"/samtycke/{consent.pk}/{paper}").status_code == 404
    for paper in PAPERS:
        page = cast.client("koordinator").get(f"/samtycke/{consent.pk}/{paper}")
        assert page.status_code == 200
    # Nor does the coordinator, once the case has ended: then it is read, and nothing is written.
    coordinator = cast.client("koordinator")
    talk_steps.close(cast, coordinator, case)
    assert coordinator.get(f"/samtycke/{consent.pk}/").status_code == 200
    for paper in PAPERS:
        assert coordinator.get(f"/samtycke/{consent.pk}/{paper}").status_code == 409
    with work(cast.actor("koordinator")):
        assert AuditEvent.objects.filter(action="consent.print").count() == len(PAPERS)


def test_a_social_worker_reads_the_consent_and_is_led_to_no_page_that_is_closed(cast: Cast) -> None:
    case = talk_steps.opened(cast)
    worker, coordinator = cast.client("socialsekreterare"), cast.client("koordinator")
    steps.guardian(coordinator, case)
    for page in (case, f"{case}vardnadshavare/", f"{case}mote/"):
        assert BEGINS.search(coordinator.get(page).content.decode()), page
        assert not BEGINS.search(worker.get(page).content.decode()), page
    assert "Koordinatorn registrerar samtycket." in worker.get(case).content.decode()
    agencies = [cast.membership("polis", code="1495").agency_id]
    path = steps.consent(coordinator, case, agencies)
    assert worker.get(path).status_code == 200
    assert BEGINS.search(coordinator.get(path).content.decode())
    assert not BEGINS.search(worker.get(path).content.decode())
    for closed in (f"{case}samtycke/", f"{path}skal/"):
        assert worker.get(closed).status_code == 404, closed


def test_whoever_works_on_the_case_takes_a_withdrawal_by_telephone(cast: Cast) -> None:
    """S3: it counts from when it is said, so it may not wait for the one who leads."""
    case = talk_steps.opened(cast)
    worker, coordinator = cast.client("socialsekreterare"), cast.client("koordinator")
    police = cast.membership("polis", code="1495")
    path = steps.consent(coordinator, case, [police.agency_id])
    for page in (case, path):
        assert f"{path}aterkalla/" in worker.get(page).content.decode()
    withdrawal = {"whole": "on", "channel": "phone", "act": "confirm"}
    assert worker.post(f"{path}aterkalla/", withdrawal).status_code == 302
    assert f"{path}aterkalla/" not in worker.get(case).content.decode()
    with work(cast.actor("koordinator")):
        assert AuditEvent.objects.filter(
            action="consent.withdraw", actor_membership_id=cast.membership("socialsekreterare").id
        ).exists()
    outside = cast.client("socialsekreterare-utanfor")
    assert outside.post(f"{path}aterkalla/", withdrawal).status_code == 404
    assert worker.post(path, {"act": "decline"}).status_code == 404
