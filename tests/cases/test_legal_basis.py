"""The catalogue of legal bases, against sentences of the law written here a second time and by hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from itertools import pairwise, product

import pytest

from cases.rules.law import NoRule, rows
from cases.rules.legal_basis import (
    Act,
    Approver,
    Party,
    Subject,
    bases_for,
    codes,
    in_force,
    verdict_for,
    version_of,
)

TODAY = date(2026, 11, 22)
DATES = (date(2025, 3, 31), date(2025, 11, 30), date(2025, 12, 1))

SOCIAL = Party(kind="social_services", regime="osl_26", role="social_worker")
COORDINATOR = Party(kind="social_services", regime="osl_26", role="coordinator")
PRINCIPAL = Party(kind="school", regime="osl_23", role="principal")
TEACHER = Party(kind="school", regime="osl_23", role="teacher")
COUNSELLOR = Party(kind="school", regime="osl_23", role="school_counsellor")
NURSE = Party(kind="school", regime="osl_25", role="school_nurse")
FREE = Party(kind="school", regime="skollagen_29_14", independent=True, role="teacher")
FREE_HEAD = Party(kind="school", regime="skollagen_29_14", independent=True, role="principal")
POLICE = Party(kind="police", regime="osl_35", role="police_officer")
LEISURE = Party(kind="leisure", regime="osl_21", role="youth_worker")
SAFETY = Party(kind="coordination", regime="osl_21", role="safety_coordinator")
SENDERS = (
    *(SOCIAL, COORDINATOR, PRINCIPAL, TEACHER, COUNSELLOR, NURSE),
    *(FREE, FREE_HEAD, POLICE, LEISURE, SAFETY),
)
OUTSIDE = tuple(
    Party(kind=kind)
    for kind in ("sapo", "customs", "prosecutor", "health", "individual", "subject", "tax_agency")
)
RECEIVERS = (SOCIAL, TEACHER, NURSE, FREE, POLICE, LEISURE, SAFETY, *OUTSIDE)
KINDS = ("contact", "social", "psychosocial", "medical")
AGES = (14, 15, 17, 18, 20, 21)
OTHER_SECRECY = {"osl_21", "osl_23", "osl_35"}


def aged(years: int, on: date) -> date:
    return on.replace(year=on.year - years)


@dataclass(frozen=True, slots=True)
class Told:
    """What one sentence of the law is asked about."""

    sender: Party
    receiver: Party
    age: int
    kind: str
    on: date
    consented: bool

    @property
    def since_april(self) -> bool:
        return self.on >= date(2025, 4, 1)

    @property
    def to_crime_agency(self) -> bool:
        return self.receiver.kind in {"police", "sapo", "customs", "prosecutor"}

    @property
    def to_authority(self) -> bool:
        return not self.receiver.independent and self.receiver.kind not in {"individual", "subject"}

    @property
    def health_to_police_or_leisure(self) -> bool:
        return self.kind in {"medical", "psychosocial"} and self.receiver.kind in {
            "police",
            "leisure",
        }

    @property
    def to_police_or_prosecutor(self) -> bool:
        return self.receiver.kind in {"police", "prosecutor"}

    @property
    def to_social(self) -> bool:
        return self.receiver.kind == "social_services"


# The key sentences of domain.md §3.2 and §4, without a look at the table.
LAW: dict[str, Callable[[Told], bool]] = {
    "UNGA_18A": lambda t: (
        t.sender.regime == "osl_26"
        and t.age < 21
        and t.receiver.kind in ({"police", "sapo", "customs"} if t.since_april else {"police"})
    ),
    "GENERAL_27": lambda t: (
        t.sender.regime in OTHER_SECRECY and t.to_authority and t.kind != "medical"
    ),
    "BROTT_15A": lambda t: (
        t.on >= date(2025, 12, 1)
        and t.sender.regime in OTHER_SECRECY | {"osl_26"}
        and t.to_authority
        and t.receiver.kind not in {"health", "tax_agency"}
        and t.kind != "medical"
    ),
    "UL_4": lambda t: (
        t.since_april and t.sender.kind != "police" and t.to_crime_agency and t.kind == "contact"
    ),
    "UL_6": lambda t: (
        t.since_april and t.sender.kind in {"leisure", "coordination"} and t.to_crime_agency
    ),
    "UL_7": lambda t: (
        t.since_april and t.sender.role == "principal" and t.to_crime_agency and t.kind != "medical"
    ),
    "UTREDN_23": lambda t: t.sender.regime in {"osl_25", "osl_26"} and t.to_police_or_prosecutor,
    "BROTT_MOT_UNG_21": lambda t: (
        t.sender.regime in {"osl_25", "osl_26"} and t.to_police_or_prosecutor
    ),
    "UTREDN_24": lambda t: t.sender.regime in OTHER_SECRECY and t.to_police_or_prosecutor,
    "POLIS_6": lambda t: t.sender.kind == "police" and t.to_social,
    "LUL_34": lambda t: t.sender.kind == "police" and t.to_social and t.age < 15,
    "OROSANM": lambda t: t.sender.kind != "social_services" and t.to_social and t.age < 18,
    "SAMTYCKE": lambda t: t.consented and not t.health_to_police_or_leisure,
    "SAMTYCKE_VH": lambda t: t.consented and not t.health_to_police_or_leisure and t.age < 18,
    "SOC_SOC": lambda t: (
        t.sender.regime == "osl_26" and (t.to_social or t.receiver.kind == "health") and t.age < 18
    ),
    "AVIDENT": lambda _told: True,
    "NOD": lambda _told: True,
    "MENPROVNING": lambda t: not t.sender.independent,
    "NODVANDIG": lambda t: not t.sender.independent,
    "TYSTNADSPLIKT_29_14": lambda t: t.sender.independent,
    "TERROR_18B": lambda t: (
        t.sender.regime in {"osl_25", "osl_26"} and t.receiver.kind in {"police", "sapo"}
    ),
    "NARSTAENDE_18C": lambda t: (
        t.sender.regime in {"osl_25", "osl_26"} and t.receiver.kind == "police"
    ),
    "INGRIP_20": lambda t: t.sender.regime == "osl_26" and t.receiver.kind == "police",
    "LANGNING_22": lambda t: t.sender.regime == "osl_26" and t.receiver.kind == "police",
    "UTR_UPPG": lambda t: (
        t.on >= date(2025, 7, 1)
        and t.sender.kind != "social_services"
        and t.to_social
        and t.age < 18
    ),
    "FORBEHALL": lambda t: not t.sender.independent and t.receiver.kind == "individual",
    "EGEN": lambda t: not t.sender.independent and t.receiver.kind == "subject",
    "SKYDD_FB": lambda t: (
        t.on >= date(2025, 7, 1) and t.sender.regime == "osl_26" and t.receiver.kind == "tax_agency"
    ),
    # Of receivers who are none of these: another municipality, who made the report, who is party in a case.
    **dict.fromkeys(("FLYTT", "ATERKOPPL", "PART"), lambda _told: False),
    # A law that obliges is named by itself.
    "UPPGSK_28": lambda _told: False,
}
# What the law says shall be done; all else is a may.
SHALL = {
    *("UPPGSK_28", "OROSANM", "UTR_UPPG", "ATERKOPPL", "UL_4", "UL_6", "UL_7", "POLIS_6", "LUL_34"),
}
# §3.2 "approver", and note 6 of §4.3: who else decides where the document asks for one; where it does not, the one who tells.
DECIDED_WITH = {
    **dict.fromkeys(("SAMTYCKE", "SAMTYCKE_VH"), Approver.COLLEAGUE),
    **dict.fromkeys(("NODVANDIG", "BROTT_15A", "UNGA_18A", "TERROR_18B", "NARSTAENDE_18C"), Approver.HEAD),
    **dict.fromkeys(("BROTT_MOT_UNG_21", "LANGNING_22", "UTREDN_23", "UTREDN_24"), Approver.HEAD),
    **dict.fromkeys(("GENERAL_27", "SOC_SOC", "FLYTT", "SKYDD_FB", "FORBEHALL"), Approver.HEAD),
    "UL_7": Approver.PRINCIPAL,
    "NOD": Approver.AFTER,
}  # fmt: skip
# The days that §3.2 names, on which a rule or its present wording began.
BEGAN = {
    "BROTT_15A": date(2025, 12, 1),
    "UNGA_18A": date(2025, 4, 1),
    "BROTT_MOT_UNG_21": date(2025, 12, 1),
    "OROSANM": date(2026, 1, 15),
    "ATERKOPPL": date(2026, 1, 15),
    **dict.fromkeys(("UTR_UPPG", "FLYTT"), date(2025, 7, 1)),
    **dict.fromkeys(("UL_4", "UL_6", "UL_7"), date(2025, 4, 1)),
}


def test_the_table_agrees_with_the_sentences_of_the_law_everywhere():
    asked = 0
    for sender, receiver, on in product(SENDERS, RECEIVERS, DATES):
        for age, kind, consented in product(AGES, KINDS, (True, False)):
            told = Told(sender, receiver, age, kind, on, consented)
            subject = Subject(born=aged(age, on), consented=consented)
            for verdict in bases_for(sender, receiver, subject, frozenset({kind}), on):
                if verdict.code in LAW:
                    asked += 1
                    assert verdict.possible is LAW[verdict.code](told), (verdict.code, told)
    print(f"legal bases: {asked} verdicts agree")
    assert asked > 100_000


@pytest.mark.parametrize("age", range(26))
def test_ages_bound_bases_on_the_very_birthday(age):
    subject = Subject(born=aged(age, TODAY))
    day_before = Subject(born=aged(age, TODAY).replace(day=23))
    police = Party(kind="police", regime="osl_35")
    social = frozenset({"social"})
    for someone, whole in ((subject, age), (day_before, age - 1))[: age + 1]:
        assert verdict_for(
            "UNGA_18A", SOCIAL, police, someone, kinds=social, on=TODAY
        ).possible is (whole < 21)
        assert verdict_for("LUL_34", POLICE, SOCIAL, someone, kinds=social, on=TODAY).possible is (
            whole < 15
        )
        assert verdict_for(
            "OROSANM", TEACHER, SOCIAL, someone, kinds=social, on=TODAY
        ).possible is (whole < 18)


def test_who_has_turned_21_is_told_why_and_what_else_there_is():
    kinds = frozenset({"social"})
    verdict = verdict_for(
        "UNGA_18A", SOCIAL, POLICE, Subject(born=aged(21, TODAY)), kinds=kinds, on=TODAY
    )
    assert verdict.why_not == ("Personen har fyllt 21 år. (10 kap. 18 a § OSL)",)
    assert verdict.instead == ("BROTT_15A", "INGRIP_20", "UTREDN_23", "BROTT_MOT_UNG_21")
    unknown = verdict_for("UNGA_18A", SOCIAL, POLICE, Subject(), kinds=kinds, on=TODAY)
    assert not unknown.possible
    assert "Födelsedatum saknas" in unknown.why_not[0]


def test_a_past_day_has_its_own_checklist():
    old, new = in_force("UNGA_18A", date(2025, 3, 31)), in_force("UNGA_18A", date(2025, 4, 1))
    assert [asked.code for asked in old.questions] == ["begatt", "sarskilda", "bidra", "lampligt"]
    assert [asked.code for asked in new.questions] == ["begatt", "konkreta", "lampligt"]
    assert "2013" in old.provision
    assert version_of("UNGA_18A", old.version).questions == old.questions
    with pytest.raises(NoRule):
        version_of("UNGA_18A", date(2025, 4, 2))
    with pytest.raises(NoRule):
        in_force("BROTT_15A", date(2025, 11, 30))
    assert in_force("OROSANM", date(2026, 1, 14)).version == date(2025, 7, 1)
    assert in_force("OROSANM", date(2026, 1, 15)).version == date(2026, 1, 15)


def test_a_committed_crime_is_not_told_of_as_a_risk():
    begun = in_force("UNGA_18A", TODAY).questions[0]
    assert not begun.allows("yes")
    assert begun.allows("no")
    assert begun.instead == ("UTREDN_23", "BROTT_MOT_UNG_21")
    free = in_force("UNGA_18A", TODAY).questions[1]
    assert free.allows("either")


def test_only_the_principal_decides_and_a_teacher_hands_it_on():
    kinds, whom = frozenset({"school"}), Subject(born=aged(15, TODAY))
    teacher = verdict_for("UL_7", TEACHER, POLICE, whom, kinds=kinds, on=TODAY)
    assert not teacher.possible
    assert teacher.pass_on_to == "principal"
    assert "Lämna vidare till rektorn" in teacher.why_not[0]
    principal = verdict_for("UL_7", PRINCIPAL, POLICE, whom, kinds=kinds, on=TODAY)
    assert principal.possible
    assert principal.mandatory
    assert principal.approver is Approver.NONE
    # Handed on only where nothing else is wrong.
    assert not verdict_for("UL_7", TEACHER, SOCIAL, whom, kinds=kinds, on=TODAY).pass_on_to
    assert not verdict_for("UL_7", NURSE, POLICE, whom, kinds=kinds, on=TODAY).pass_on_to


def _approver(code: str, sender: Party) -> Approver:
    return in_force(code, TODAY).approver(role=sender.role, regime=sender.regime)


def test_who_approves_follows_the_table():
    assert _approver("UNGA_18A", SOCIAL) is Approver.HEAD
    assert _approver("SAMTYCKE", SOCIAL) is Approver.COLLEAGUE
    assert _approver("MENPROVNING", TEACHER) is Approver.NONE
    assert _approver("MENPROVNING", SOCIAL) is Approver.HEAD
    assert _approver("NOD", SOCIAL) is Approver.AFTER
    assert in_force("OROSANM", TODAY).act is Act.REPORT
    assert in_force("AVIDENT", TODAY).act is Act.CONSULT


@pytest.mark.parametrize("code", codes())
def test_shall_or_may_who_else_decides_and_since_when(code: str) -> None:
    """In every wording that the code has had; as told by somebody to whom no special row of the table applies."""
    held = [
        version_of(code, row["valid_from"]) for row in rows("legal_basis") if row["code"] == code
    ]
    for basis in held:
        assert basis.mandatory is (code in SHALL)
        decides = basis.approver(role="teacher", regime="osl_23")
        assert decides is DECIDED_WITH.get(code, Approver.NONE)
    if code in BEGAN:
        assert max(basis.version for basis in held) == BEGAN[code]
    assert code in LAW


def test_the_table_is_whole():
    """No two rows of a code on one day, every code that is pointed at exists, every refusal has words."""
    table = rows("legal_basis")
    spans: dict[str, list[tuple[date, date]]] = {}
    for row in table:
        spans.setdefault(row["code"], []).append((row["valid_from"], row.get("valid_to", date.max)))
        pointed = {*row.get("instead", ())}
        for asked in row.get("question", ()):
            pointed |= {*asked.get("instead", ())}
            assert asked["expects"] in {"yes", "no", "either"}
            assert (asked["expects"] == "either") is ("refused" not in asked), asked["code"]
        assert pointed <= set(codes()), row["code"]
        assert row["reviewed_by"] == ""
        assert row["act"] != "share" or row.get("question"), row["code"]
    for code, held in spans.items():
        assert all(before[1] < after[0] for before, after in pairwise(sorted(held))), code
    assert len(spans) >= 30
