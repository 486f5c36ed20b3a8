"""Papers of a consent through the pages: blank, filled in for one case, the family's copy; who may, and what is noted."""

from __future__ import annotations

import io
import re
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import pypdf
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from access import door
from access.models import Municipality
from access.request_transaction import work
from audit.models import AuditEvent
from cases.models import Case, Consent, ConsentEvent, ConsentScope, ConsentSigner, Guardian
from cases.rules.consent_form import CODES, form_text
from cases.services.case_seal import case_key, uid_of
from crypto.keys import Scope, data_key
from crypto.seal import seal
from sspf.story_paper import paper
from tests.cases import steps
from tests.cast import Cast

MOTHER, FATHER, CHILD = "Maria Exempelmor", "Åke Exempelfar", "Nils Persson"


def text_of(content: bytes) -> str:
    pages = pypdf.PdfReader(io.BytesIO(content)).pages
    return " ".join(" ".join(page.extract_text().split()) for page in pages)


def text(client: Client, path: str) -> str:
    return str(get(client, path).content.decode())


def get(client: Client, path: str) -> Any:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return answer


def drafted(cast: Cast, *, language: str = "sv") -> Consent:
    """A consent drawn up for the case that has just been taken: two guardians and the young person must sign."""
    steps.tell(cast.client("larare"))
    client, actor = cast.client("koordinator"), cast.actor("koordinator")
    path = steps.take(client, steps.first_link(client, "/inkommet/", "/inkommet/"))
    school, leisure = cast.membership("larare"), cast.membership("fritidsledare")
    with work(actor):
        case = door.open_one(actor, Case, UUID(path.rstrip("/").rsplit("/", 1)[-1]))
        place = {"municipality_id": case.municipality_id, "agency_id": case.agency_id}
        person_id = case.person_id
        assert person_id is not None
        row_id = uuid4()

        def sealed(model: Any, field: str, text: str, pk: UUID, key: Any) -> Any:
            return seal(text, key=key, field=uid_of(model, field), row_id=pk)

        key = case_key(case)
        consent = Consent.objects.create(
            id=row_id,
            **place,
            case=case,
            signed_by=sealed(Consent, "signed_by", "alla", row_id, key),
            not_shared=sealed(Consent, "not_shared", "Inget om syskonet", row_id, key),
            valid_from=timezone.localdate(),
            valid_to=date(timezone.localdate().year + 1, 1, 31),
            language=language,
        )
        for member, kind, tells in ((school, "school", True), (leisure, "plan", False)):
            ConsentScope.objects.create(
                **place, consent=consent, covers_agency=member.agency_id,
                covers_name=member.agency.name, covers_unit=member.unit_id,
                covers_unit_name=member.unit.name, kind=kind, may_share=tells, may_receive=not tells,
            )  # fmt: skip
        person_key = data_key(
            municipality_id=case.municipality_id,
            agency_id=case.agency_id,
            scope=Scope.PERSON,
            scope_id=person_id,
        )
        for name in (MOTHER, FATHER, None):
            guardian = None
            if name:
                pk = uuid4()
                texts = {"name": name, "phone": "08-465 004 99", "address": "Hemliga gatan 1"}
                guardian = Guardian.objects.create(
                    id=pk, **place, person_id=person_id, custody="joint",
                    starts_on=date(2020, 1, 1),
                    **{f: sealed(Guardian, f, t, pk, person_key) for f, t in texts.items()},
                )  # fmt: skip
            ConsentSigner.objects.create(
                **place, consent=consent, guardian=guardian, must_sign=True
            )
    return consent


@pytest.mark.parametrize("code", CODES)
def test_a_blank_form_in_every_language_as_page_and_paper(cast: Cast, code: str) -> None:
    client, words = cast.client("koordinator"), form_text(code)
    page = get(client, f"/samtycke/blankett/{code}/").content.decode()
    assert f'<article class="s-paper" lang="{words.language}" dir="{words.direction}">' in page
    assert words.text["no_harm"] in page
    assert words.text["draft"] in page
    beside = words.language != "sv"
    assert (
        '<span class="s-paper-choice__beside" lang="sv" dir="ltr">Polisen</span>' in page
    ) is beside
    answer = get(client, f"/samtycke/blankett/{code}/pdf/")
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"] == 'inline; filename="blankett.pdf"'
    assert "Skara kommun" in text_of(answer.content)


def test_the_list_of_blanks_says_which_are_drafts(cast: Cast) -> None:
    page = get(cast.client("koordinator"), "/samtycke/blankett/").content.decode()
    assert page.count("Nej, ett utkast") == len(CODES)
    assert '<span lang="ar" dir="rtl">العربية</span>' in page
    assert cast.client("koordinator").get("/samtycke/blankett/sv_other/").status_code == 404


def test_the_filled_form_is_of_this_case_and_noted(cast: Cast) -> None:
    consent = drafted(cast)
    client = cast.client("koordinator")
    answer = get(client, f"/samtycke/{consent.pk}/blankett/en/pdf/")
    assert answer["Content-Disposition"] == 'inline; filename="blankett.pdf"'
    assert answer["Cache-Control"] == "no-store"
    said = text_of(answer.content)
    number = consent.case.number
    for wanted in (CHILD, MOTHER, FATHER, number, "Inget om syskonet", "Björkskolan", "Navet"):
        assert wanted in said, wanted
    assert len(re.findall(r"\bX\b", said)) == 2
    assert "Hemliga gatan" not in said
    assert "465 004 99" not in said
    with work(cast.actor("koordinator")):
        act = AuditEvent.objects.get(action="consent.print", object_id=consent.pk)
        reads = AuditEvent.objects.filter(action="read", request_id=act.request_id)
        assert act.case_id == consent.case_id
        assert {"consent", "identity", "guardian"} <= {
            g for read in reads for g in read.field_groups
        }
    page = get(client, f"/samtycke/{consent.pk}/blankett/ar/").content.decode()
    assert f"<bdi>{MOTHER}</bdi>" in page
    assert f"<title>Samtyckesblankett {number} – SSPF</title>" in page


def test_nothing_on_any_copy_changes_when_somebody_says_no(cast: Cast) -> None:
    consent, client = drafted(cast), cast.client("koordinator")
    papers = [f"/samtycke/{consent.pk}/{kind}/sv/pdf/" for kind in ("blankett", "kopia")]
    before = [get(client, paper).content for paper in papers]
    with work(cast.actor("koordinator")):
        father = ConsentSigner.objects.filter(consent=consent, guardian__isnull=False).last()
        scope = consent.scopes.first()
        for kind, of in (("refused", {"signer": father}), ("withdrawn", {"scope": scope})):
            ConsentEvent.objects.create(
                municipality_id=consent.municipality_id, agency_id=consent.agency_id,
                consent=consent, kind=kind, at=timezone.now(), channel="visit", **of,
            )  # fmt: skip
    assert [get(client, paper).content for paper in papers] == before
    copy = text_of(before[1])
    assert MOTHER not in copy
    assert FATHER not in copy
    assert CHILD in copy
    assert "Din kopia säger aldrig vem som har sagt nej." in copy


def test_the_municipalitys_data_protection_officer_stands_on_every_form(cast: Cast) -> None:
    consent, client = drafted(cast), cast.client("koordinator")
    own = Municipality.objects.get(code="1495")
    pages = ("/samtycke/blankett/sv/", f"/samtycke/{consent.pk}/blankett/sv/")
    assert own.data_protection_officer
    for page in pages:
        assert f"<bdi><strong>{own.data_protection_officer}</strong></bdi>" in text(client, page)
        assert own.data_protection_officer in text_of(get(client, f"{page}pdf/").content)
    missing = "Kontakten till dataskyddsombudet saknas"
    assert missing not in text(client, "/samtycke/blankett/")
    Municipality.objects.filter(pk=own.pk).update(data_protection_officer="")
    assert missing in text(client, "/samtycke/blankett/")
    for page in pages:
        assert re.search(r'når du så här: <span class="s-paper-line">', text(client, page))


def test_one_persons_form_holds_nothing_of_another(cast: Cast) -> None:
    consent, client = drafted(cast), cast.client("koordinator")
    get(client, f"/samtycke/{consent.pk}/blankett/sv/pdf/")
    blank = text_of(get(client, "/samtycke/blankett/sv/pdf/").content)
    for name in (CHILD, MOTHER, FATHER, consent.case.number, "syskonet", "Björkskolan"):
        assert name not in blank


def test_only_those_who_work_with_the_consent_make_its_paper(cast: Cast) -> None:
    consent = drafted(cast)
    closed = ("chef", "larare", "polis", "socialsekreterare", "essunga-koordinator", "logggranskare",
              "administrator")  # fmt: skip
    for who, status in (("koordinator", 200), *((who, 404) for who in closed)):
        client = cast.client(who)
        for kind in ("blankett/sv/", "blankett/sv/pdf/", "kopia/sv/pdf/"):
            assert client.get(f"/samtycke/{consent.pk}/{kind}").status_code == status, (who, kind)
            assert client.post(f"/samtycke/{consent.pk}/{kind}").status_code in {404, 405}
    client = cast.client("socialsekreterare")
    seen = []
    for pk in (consent.pk, uuid4()):
        answer = client.get(f"/samtycke/{pk}/blankett/sv/pdf/")
        body = answer.content.decode().replace(str(pk), "")
        seen.append((answer.status_code, re.sub(r'csrfmiddlewaretoken" value="\w+"', "", body)))
    assert seen[0] == seen[1]
    assert cast.client("koordinator").get(f"/samtycke/{consent.pk}/blankett/xx/").status_code == 404


def test_the_consents_own_page_leads_to_its_papers_and_keeps_the_signed_one(cast: Cast) -> None:
    consent, client = drafted(cast), cast.client("koordinator")
    page, here = f"/samtycke/{consent.pk}/", f"/samtycke/{consent.pk}/papper/"
    shown = get(client, page).content.decode()
    for link in ("blankett/sv/pdf/", "blankett/sv/", "kopia/sv/pdf/", "papper/"):
        assert f'href="{page}{link}"' in shown
    assert f"samtycket som gäller {consent.valid_from}" in get(client, here).content.decode()
    signed = SimpleUploadedFile("underskrivet.pdf", paper(["Underskrivet"]), "application/pdf")
    answer = client.post(here, {"file": signed, "note": "Vid besök"})
    assert (answer.status_code, answer["Location"]) == (302, page)
    assert "underskrivet.pdf" in get(client, page).content.decode()


def test_the_screen_to_sign_on_says_it_in_both_languages(cast: Cast) -> None:
    consent, client = drafted(cast, language="ar"), cast.client("koordinator")
    with work(cast.actor("koordinator")):
        youth = ConsentSigner.objects.get(consent=consent, guardian__isnull=True)
    place = f"/samtycke/{consent.pk}/"
    handed = client.post(link_to_screen(get(client, place).content.decode(), youth.pk))
    page = get(client, handed["Location"]).content.decode()
    phrase = form_text("ar").phrases["kinds"]["school"]
    assert f'<th scope="row">{phrase}</th><td lang="sv" dir="ltr">' in page
    assert 'dir="rtl"' in page
    assert form_text("ar").text["no_harm"] in page
    assert (MOTHER in page, FATHER in page, CHILD in page) == (False, False, True)


def link_to_screen(page: str, signer: UUID) -> str:
    found = re.search(rf'action="(/samtycke/[^"]*{signer}[^"]*)"', page)
    assert found, page
    return found[1]
