"""S7: brother and sister have a case each; that the other exists is seen by who works with both, and nobody else."""

from __future__ import annotations

from django.utils import timezone

from access import door
from access.request_transaction import set_partition, work
from audit.models import AuditEvent
from cases.models import Sibling
from cases.services.consent import covering_consent
from cases.services.triage import assign
from tests.cases import hard_steps, steps, talk_steps
from tests.cast import Cast

BROTHER, SISTER = "Viggo Sand", "Tuva Sand"


def pair(cast: Cast) -> tuple[str, str]:
    """The brother's and the sister's case; a social worker works in the sister's only."""
    client = cast.client("koordinator")
    paths = []
    for name in (BROTHER, SISTER):
        steps.tell(cast.client("larare"))
        concern = steps.first_link(client, "/inkommet/", "/inkommet/")
        paths.append(steps.take(client, concern, name=name))
    case = hard_steps.case_of(cast, paths[1])
    with work(cast.actor("koordinator")):
        worker = cast.membership("socialsekreterare").id
        assign(case=case, membership_id=worker, lead=False, today=timezone.localdate())
    number = hard_steps.case_of(cast, paths[0]).number
    answer = client.post(f"{paths[1]}syskon/", {"number": number})
    assert answer.status_code == 302, answer.content.decode()
    return paths[0], paths[1]


def follow_up(cast: Cast, path: str, who: str, how: str, **more: str) -> tuple[int, str]:
    row = talk_steps.planned(cast, path)
    fields = talk_steps.follow_up_fields(row.version, responsible=str(row.responsible_id))
    answer = cast.client(who).post(f"/uppfoljning/{row.pk}/", fields | {"how": how} | more)
    return answer.status_code, answer.content.decode()


def test_that_a_sibling_exists_is_shown_only_to_who_works_with_both(cast: Cast) -> None:
    brother, sister = pair(cast)
    assert BROTHER in cast.client("koordinator").get(sister).content.decode()
    assert SISTER in cast.client("koordinator").get(brother).content.decode()
    page = cast.client("socialsekreterare").get(sister).content.decode()
    assert "Inget syskon är antecknat" in page
    assert BROTHER not in page
    own = cast.client("socialsekreterare").get(f"{sister}syskon/").content.decode()
    assert BROTHER not in own
    # Whoever works with the one only has no such row, whichever of the two it is.
    case, other = hard_steps.case_of(cast, brother), cast.actor("socialsekreterare-utanfor")
    with work(cast.actor("koordinator")):
        assign(case=case, membership_id=other.member, lead=False, today=timezone.localdate())
    for actor, count in (
        (other, 0),
        (cast.actor("socialsekreterare"), 0),
        (cast.actor("koordinator"), 1),
    ):
        with work(actor):
            assert door.visible(actor, Sibling).count() == count


def test_a_hidden_case_is_linked_to_no_more_than_a_missing_one(cast: Cast) -> None:
    brother, sister = pair(cast)
    number = hard_steps.case_of(cast, brother).number
    client = cast.client("socialsekreterare")
    answers = []
    searches = AuditEvent.objects.filter(action="search", object_type="cases.searchterm")
    before = searches.count()
    for typed in (number, "S26-22222"):
        answer = client.post(f"{sister}syskon/", {"number": typed})
        answers.append(hard_steps.OPAQUE.sub("", answer.content.decode().replace(typed, "N")))
        assert answer.status_code == 422
    assert answers[0] == answers[1]
    set_partition(cast.actor("koordinator"))
    assert Sibling.objects.count() == 1
    assert searches.count() - before == 2


def test_a_note_that_names_the_brother_is_stopped_until_it_is_taken_out_or_reasoned(
    cast: Cast,
) -> None:
    _brother, sister = pair(cast)
    text = "Hon trivs.\nViggos problem gör henne orolig."
    status, page = follow_up(cast, sister, "koordinator", text)
    assert status == 422
    assert "Rad 2 nämner Viggo, som är syskon" in page
    assert "Viggos problem gör henne orolig." in page
    status, _page = follow_up(cast, sister, "koordinator", text, sibling_reason="safety")
    assert status == 302
    set_partition(cast.actor("koordinator"))
    noted = AuditEvent.objects.get(action="sibling.mention")
    assert (noted.basis, noted.case_id) == ("safety", talk_steps.id_in(sister))


def test_the_surname_they_share_is_no_mention_and_who_may_not_know_is_not_told(cast: Cast) -> None:
    _brother, sister = pair(cast)
    assert follow_up(cast, sister, "koordinator", "Familjen Sand mår bättre.")[0] == 302
    # The worker may not know of the brother: a warning would tell.
    talk_steps.invite(cast.client("socialsekreterare"), sister, trigger="Viggo kom förbi.")


def test_a_removed_link_is_gone_for_both(cast: Cast) -> None:
    brother, sister = pair(cast)
    set_partition(cast.actor("koordinator"))
    row = str(Sibling.objects.get().id)
    client = cast.client("koordinator")
    assert client.post(f"{brother}syskon/", {"act": "unlink", "row": row}).status_code == 302
    assert BROTHER not in client.get(sister).content.decode()


def test_whoever_is_protected_is_no_sibling_to_those_who_are_not_named(cast: Cast) -> None:
    brother, sister = pair(cast)
    case = hard_steps.case_of(cast, brother)
    worker = cast.membership("socialsekreterare").id
    with work(cast.actor("koordinator")):
        assign(case=case, membership_id=worker, lead=False, today=timezone.localdate())
    assert BROTHER in cast.client("socialsekreterare").get(sister).content.decode()
    set_partition(cast.actor("koordinator"))
    case.person.protection = "marked"
    case.person.save(update_fields=["protection"])
    assert BROTHER not in cast.client("socialsekreterare").get(sister).content.decode()


def test_somebody_with_a_new_identity_is_linked_to_nobody(cast: Cast) -> None:
    client = cast.client("koordinator")
    hidden = hard_steps.protected(cast, "new_identity")
    steps.tell(cast.client("larare"))
    other = steps.take(client, steps.first_link(client, "/inkommet/", "/inkommet/"), name=SISTER)
    for page, case in ((hidden, other), (other, hidden)):
        number = hard_steps.case_of(cast, case).number
        answer = client.post(f"{page}syskon/", {"number": number})
        assert answer.status_code == 422
        assert "kopplas aldrig till någon annan" in answer.content.decode()
    set_partition(cast.actor("koordinator"))
    assert not Sibling.objects.exists()


def test_consent_for_the_one_covers_nothing_of_the_other(cast: Cast) -> None:
    brother, sister = pair(cast)
    police = cast.membership("polis", code="1495").agency_id
    steps.consent(cast.client("koordinator"), sister, [police])
    today = timezone.localdate()
    asked = {path: hard_steps.case_of(cast, path) for path in (brother, sister)}
    assert covering_consent(asked[sister], agency_id=police, on=today) is not None
    assert covering_consent(asked[brother], agency_id=police, on=today) is None
