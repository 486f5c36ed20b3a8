"""The demo's story, made through the services as the people of the cast. Invented from beginning to end."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.utils import timezone

from access.actor import Actor, actor_of
from access.models import Membership
from access.request_transaction import work
from cases.models import AttachmentKind, Case, Concern, Conversation, Protection, Summary
from cases.models.conversation import InvitedHow, Original
from cases.rules.concern_basis import Mode
from cases.rules.identity_number import read_identity_number
from cases.services.attachment import GivenFile, add_attachment
from cases.services.concern import ConcernText, raise_concern
from cases.services.conversation import Invitation, Notes, finish_conversation, invite
from cases.services.sharing import Answer
from cases.services.summary import Proposal, SummaryText, approve_and_release, propose
from cases.services.triage import Identity, assign, decline_concern, take_concern
from sspf.story_consent import signed_consent, waiting_consent
from sspf.story_paper import paper
from sspf.story_requests import seed_reports, seed_requests

from access import door  # isort: skip

# From Skatteverket's published test numbers: they belong to nobody.
TEST_NUMBER = "201101022398"
SIGNED_PAPER = (
    "Samtycke till samverkan i SSPF",
    "(exempel ur demon: ingen på papperet finns)",
    "",
    "Vi samtycker till att socialtjänsten, skolan, polisen och fritidsgården",
    "delar de uppgifter om Nils som behövs för att stödja honom.",
    "",
    "Får inte delas: inget om syskon.",
    "",
    "Nils Exempel        Vårdnadshavare 1        Vårdnadshavare 2",
)


def member(cast_id: str, *, code: str = "1495", role: str | None = None) -> Membership:
    held = Membership.objects.filter(user__demo_cast=cast_id, municipality__code=code)
    if role:
        held = held.filter(role=role)
    return held.select_related("user", "unit__agency", "agency", "municipality").get()


def seed_story() -> None:
    """Once: concerns untaken and declined, a case with consent and a summary released, and one that waits for a guardian."""
    coordinator = actor_of(member("koordinator"))
    with work(coordinator):
        if Concern.objects.exists():
            return
    now = timezone.now()
    _tell(
        "larare-friskola",
        ConcernText(
            child="Nils i 8B",
            seen="Har kommit sent eller inte alls sedan höstlovet. Säger att han är trött. "
            "I onsdags satt han kvar på skolgården till klockan sex.",
            place="Skolgården och busstationen",
            done="Mentorn har pratat med honom två gånger.",
            guardians="Ja, de vet",
        ),
        now - timedelta(days=24),
    )
    nils = Identity(
        name="Nils Exempel",
        birth_date="2011-01-02",
        number=read_identity_number(TEST_NUMBER),
        protection=Protection.NONE,
    )
    case = _take(coordinator, now - timedelta(days=23), nils)
    _consent_and_summary(coordinator, case, now - timedelta(days=14))
    _conversation(case, now - timedelta(days=10))
    _tell(
        "fritidsledare",
        ConcernText(
            child="En kille på fredagsöppet",
            seen="Var ledsen förra fredagen men ville inte prata.",
            place="Fritidsgården",
            done="Vi frågade hur det var.",
            guardians="Nej, inte än",
        ),
        now - timedelta(days=9),
    )
    _decline(coordinator, now - timedelta(days=8))
    _waits_for_a_guardian(coordinator, now - timedelta(days=6))
    _tell(
        "larare",
        ConcernText(
            child="Ella i 7A",
            seen="Umgås sedan två veckor med äldre ungdomar vid torget efter skolan. "
            "I fredags luktade hon alkohol.",
            place="Torget",
            done="Ringt hem, inget svar.",
            guardians="Nej, inte än",
        ),
        now - timedelta(hours=3),
    )

    seed_requests(officer=member("polis"), principal=member("rektor"), now=now - timedelta(days=1))
    seed_reports(teacher=member("larare"), worker=member("socialsekreterare"), now=now)


def _tell(cast_id: str, text: ConcernText, now: datetime) -> None:
    actor = actor_of(member(cast_id))
    with work(actor):
        raise_concern(
            actor=actor, text=text, mode=Mode.NAMED, now=now, today=timezone.localdate(now)
        )


def _untaken(coordinator: Actor) -> Concern:
    return door.visible(coordinator, Concern).filter(state="new")[0]


def _waits_for_a_guardian(coordinator: Actor, now: datetime) -> None:
    _tell(
        "larare",
        ConcernText(
            child="Alva i 6C",
            seen="Är nästan alltid ensam på rasterna och har börjat stanna hemma på måndagar.",
            place="Skolan",
            done="Mentorn har ringt hem. Mamma vill gärna ha hjälp.",
            guardians="Ja, de vet",
        ),
        now - timedelta(days=2),
    )
    alva = Identity(
        name="Alva Exempel", birth_date="2013-09-14", number=None, protection=Protection.NONE
    )
    case = _take(coordinator, now - timedelta(days=1), alva)
    waiting_consent(
        coordinator,
        case,
        guardians={"Sanna Exempel": "08-465 004 53", "Tor Exempel": "08-465 004 54"},
        units=[member("larare").unit, member("fritidsledare").unit],
        now=now,
    )


def _take(coordinator: Actor, now: datetime, identity: Identity) -> Case:
    with work(coordinator):
        case = take_concern(
            actor=coordinator,
            concern=_untaken(coordinator),
            identity=identity,
            join=None,
            now=now,
        )
        for colleague in ("socialsekreterare", "chef"):
            assign(case=case, membership_id=member(colleague).id, lead=False, today=now.date())
    return case


def _decline(coordinator: Actor, now: datetime) -> None:
    with work(coordinator):
        decline_concern(
            actor=coordinator,
            concern=_untaken(coordinator),
            reason="Ordinarie stöd på fritidsgården räcker.",
            now=now,
        )


def _conversation(case: Case, now: datetime) -> None:
    """Held ten days ago, with a follow-up agreed for the day before yesterday: it is late."""
    worker, today = actor_of(member("socialsekreterare")), timezone.localdate(now)
    invitation = Invitation(
        kind="social_services",
        sent_on=today - timedelta(days=3),
        how=InvitedHow.PHONE,
        planned_for=now,
        texts={"trigger": "Orossignal från skolan om sen ankomst och trötthet."},
    )
    notes = Notes(
        texts={
            "attended": "Nils, hans mamma och socialsekreteraren",
            "mapping": "Nils sover dåligt sedan sommaren. Trivs med två kompisar och med musik.",
            "agreed_youth": "Gå till skolan tillsammans med en kompis.",
            "agreed_guardians": "Lägga undan telefonen klockan tio.",
            "agreed_agency": "Höra med fritidsgården om musikrummet.",
            "way_forward": "Vi hörs igen om en vecka.",
        },
        held_on=today,
        outcome="samverkan_i_SSPF",
        original=Original.HERE,
    )
    with work(worker):
        conversation = invite(
            actor=worker,
            case=door.open_one(worker, Case, case.pk),
            invitation=invitation,
            now=now - timedelta(days=3),
        )
        finish_conversation(
            actor=worker,
            conversation=door.open_one(worker, Conversation, conversation.pk),
            notes=notes,
            next_on=today + timedelta(days=8),
            seen_version=conversation.version,
            now=now,
        )


def _consent_and_summary(coordinator: Actor, case: Case, now: datetime) -> None:
    today, officer = now.date(), member("polis")
    units = [officer.unit, member("larare-friskola").unit, member("fritidsledare").unit]
    consent = signed_consent(
        coordinator,
        case,
        guardians={"Mona Exempel": "08-465 004 51", "Pär Exempel": "08-465 004 52"},
        units=units,
        now=now,
    )
    with work(coordinator):
        given = GivenFile(
            name="Samtycke SSPF Nils.pdf",
            content=paper(SIGNED_PAPER),
            kind=AttachmentKind.CONSENT,
            note="Skannat vid besöket",
        )
        add_attachment(
            actor=coordinator,
            case=door.open_one(coordinator, Case, case.pk),
            given=given,
            consent=consent,
            now=now,
        )
    writer = actor_of(member("socialsekreterare"))
    with work(writer):
        proposal = Proposal(
            unit=officer.unit,
            readers=[officer],
            kind="social",
            basis="SAMTYCKE_VH",
            text=SummaryText(
                about="Nils, född 2011",
                body="Skolan och socialtjänsten stödjer Nils på eftermiddagarna till och med mars. "
                "Han har sagt ja till att områdespolisen hälsar på honom vid busstationen. "
                "Ring handläggaren om ni ser att något ändras.",
            ),
            until=today + timedelta(days=120),
            answers={"inom": Answer(answer="yes", note="Det är det som är förkryssat.")},
            born=date(2011, 1, 2),
        )
        opened = door.open_one(writer, Case, case.pk)
        summary = propose(actor=writer, case=opened, proposal=proposal, now=now)
    with work(coordinator):
        approve_and_release(
            actor=coordinator,
            summary=door.open_one(coordinator, Summary, summary.pk),
            seen_version=0,
            now=now + timedelta(hours=2),
        )
