"""Domain.md §4 as a decision of its own: what the document says of one cell, written from the document and from nothing else.

Nothing here is read from `policy.toml` or takes its shape: a question is answered by following the document's text, and the
comments quote it. A field group or relation that is not spoken of here is closed; where the product opens less than the
document would allow, the line says so.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Set as AbstractSet

from tests.access.oracle_matrix import COLUMN_OF, handed_over

R = {"list", "read"}
HOST = {"social_worker", "coordinator", "manager"}
RW = R | {"write", "create"}

# 4.2, field group by field group. What a person is in R1–R17 stands behind the bars (§4.1.7; issue 4, "conflict of interest").
ABOUT_NOBODY = {
    *("pledge", "intervention", "standing", "signed_table", "log", "log_review"),
    *("deadline", "follow_up_due", "notice", "absence", "held_form"),
}
# "Always reviewed within 3 working days", also what was opened about a protected person: by those who review, without the name.
REVIEWED_ALL_THE_SAME = {"break_glass", "break_glass_text"}


def emergency(role: str, group: str, action: str, _holds: AbstractSet[str]) -> bool:
    """§4.4 "nödöppning", S11: the host's own staff, "read access to contact persons and latest notes"; never written, never taken out."""
    if role not in HOST:
        return False
    if group == "contact":
        return action == "read"
    return group in {"identity", "guardian", "conversation", "follow_up"} and action in R


def appointed(role: str, group: str, action: str, _holds: AbstractSet[str]) -> bool:
    """Issue 4: "in a small municipality one appointed from another, per case": the proposal that waits, nothing else."""
    return role == "approver" and group == "summary" and action in R | {"decide"}


def sibling_of_both(role: str, group: str, action: str, _holds: AbstractSet[str]) -> bool:
    """S7: "sees 'syskon finns' only if also authorised for the brother"."""
    return (
        role in {"coordinator", "social_worker"} and group == "sibling" and action in R | {"write"}
    )


def of_the_work(group: str, action: str) -> bool:
    """The unit manager on protection (§3.9 "assigned … by the manager"), conflicts (declared to the manager) and their reason."""
    if group == "protection":
        return action in RW | {"decide"}
    if group == "conflict":
        return action in {"list", "create", "decide"}
    return group in {"conflict_reason", "disclosure_text"} and action == "read"


# §4.1.5: "everybody may send in without getting to read back"; and what one wrote until it is sent.
SENDS_IN = {"draft": RW, "receipt": R, "concern": {"create"}}
# §4.1.2, R17 "own": what an agency tells of its own is proposed by one of its own. R5: "author" in each column but social
# services ("recipient unit only") and the coordinator ("no"); those two tell in a case, where they are assigned.
OF_ONES_OWN = {
    "summary": RW,
    "disclosure": R,
    "disclosure_text": {"read"},
    "report_made": RW,
    "report_feedback": R,  # 3.2 ATERKOPPL: to the reporter
}


def sent_in(role: str, group: str, action: str, _holds: AbstractSet[str]) -> bool:
    if group == "break_glass":
        # "S/C + duty officer", and the manager on duty: who has opened sees that they have.
        return role in HOST and action in RW
    if group == "hosting":
        # S20: "until an agreement/legal opinion document is attached", by who answers for the agency.
        return role == "manager" and action in {"list", "create", "write"}
    if group == "request_receipt":
        # S10: the officer keeps a receipt, and so does whoever was asked and passed it on.
        return role in {*COLUMN_OF, "manager"} and action in R | {"create"}
    if group == "request_answer":
        # S10 (d): the police read what they are told, and nothing else.
        return role == "police_officer" and action in R
    if role not in COLUMN_OF:
        return False
    own = {} if role in HOST else OF_ONES_OWN
    return action in (SENDS_IN | own).get(group, set())


# The groups of a case, for the roles that work on it: (role, action, holds) → may it be done?
def _case(role: str, action: str, holds: AbstractSet[str]) -> bool:
    """R1 "if assigned", "yes"; 4.4 coordinator RW. A case is not created by one who works on it."""
    changed = action == "write" or (action == "decide" and role == "coordinator")
    return action in R or (changed and "going" in holds)


def _identity(_role: str, action: str, _holds: AbstractSet[str]) -> bool:
    """R2: E; 4.4 RW. A number or a name is put right also in a case that has ended."""
    return action in R | {"write"}


def _concern(role: str, action: str, _holds: AbstractSet[str]) -> bool:
    """R4: "received flags"; the coordinator settles them."""
    return action == "list" or (action == "decide" and role == "coordinator")


def _read_only(_role: str, action: str, _holds: AbstractSet[str]) -> bool:
    return action == "read"


def _consent(role: str, action: str, holds: AbstractSet[str]) -> bool:
    """R12: coordinator RW; social services "R scope+dates"; withdrawn: "frozen, coordinator … only", "frozen view"."""
    if role != "coordinator":
        return action in R and "consent" in holds
    return action in R or (action in RW and "going" in holds)


def _follow_up(role: str, action: str, holds: AbstractSet[str]) -> bool:
    """R16: "R, W own part" under consent; "frozen view" for the coordinator, who also closes what never got a consent (S4)."""
    seen = role == "coordinator" or "consent" in holds
    return seen and (action in R or (action in RW and "going" in holds))


def _guardian(_role: str, action: str, _holds: AbstractSet[str]) -> bool:
    """R2: E; 4.4 coordinator RW. A guardian is asked for consent before there is any."""
    return action in RW


def _contact(_role: str, action: str, _holds: AbstractSet[str]) -> bool:
    """R3: E; a part of the guardian's row, never a row of its own."""
    return action in R | {"write"}


def _protection(_role: str, action: str, _holds: AbstractSet[str]) -> bool:
    """§3.9: "assigned per case by the manager"; whoever works on the case may raise it, and a second person lower it."""
    return action in RW | {"decide"}


def _conflict(_role: str, action: str, _holds: AbstractSet[str]) -> bool:
    """Issue 4: declared, blocked and logged; why is the manager's."""
    return action in {"list", "create"}


def _sibling(_role: str, action: str, _holds: AbstractSet[str]) -> bool:
    """S7: linked from one's own case; that there is one is seen only by who works with both."""
    return action == "create"


def _appointment(_role: str, action: str, _holds: AbstractSet[str]) -> bool:
    """Issue 4: an approver "appointed from another, per case, dated, logged"."""
    return action in {"list", "create", "write"}


def _conversation(_role: str, action: str, holds: AbstractSet[str]) -> bool:
    """R15 E: "an orossamtal led by one agency is that agency's own"; S3 "no new notes" in a frozen case."""
    return action in R or (action in RW and "open_case" in holds)


def _attachment(_role: str, action: str, holds: AbstractSet[str]) -> bool:
    """R6 full: "own only"."""
    return action in R or (action in RW and "going" in holds)


def _summary(_role: str, action: str, holds: AbstractSet[str]) -> bool:
    """R6 summary: RW, the coordinator "employed there and assigned"; a single act needs no consent (§4.1.2)."""
    return action in R or (action in RW | {"decide"} and "going" in holds)


def _meeting(role: str, action: str, holds: AbstractSet[str]) -> bool:
    """R13: RW under consent, also for who is assigned in the same agency; withdrawn: "frozen, coordinator … only".

    1.3, step 4: "no meeting invitation can be created without valid consent"; S3: "no new notes".
    """
    if action in R:
        return role == "coordinator" or "consent" in holds
    return action in RW and {"consent", "open_case"} <= holds


def _commitment(role: str, action: str, holds: AbstractSet[str]) -> bool:
    """R14: "R + own commitments W", coordinator RW, and one's own agency's are all that are kept here.

    R12–R16 "can't exist without consent", "withdrawn case: frozen, coordinator … only"; S3: "no new notes".
    """
    if action in R:
        return role == "coordinator" or "consent" in holds
    return action in RW and {"consent", "open_case"} <= holds


def _disclosure(role: str, action: str, _holds: AbstractSet[str]) -> bool:
    """R17: "own unit's", "SSPF's". S14: the recipients go into what the coordinator hands to the person."""
    return action in R or (role == "coordinator" and action == "export")


WORK: dict[str, Callable[[str, str, AbstractSet[str]], bool]] = {
    "case": _case,
    "identity": _identity,
    "concern": _concern,
    "concern_text": _read_only,
    "consent": _consent,
    # §1.4: withdrawn "any time, in any form", noted by the receiver: whoever of the host works with the family (S3).
    "consent_end": lambda _role, action, holds: action == "create" and "consent" in holds,
    "consent_note": lambda role, action, _holds: role == "coordinator" and action == "read",
    "consent_view": lambda role, action, _holds: role == "coordinator" and action in R,
    "follow_up": _follow_up,
    "conversation": _conversation,
    "attachment": _attachment,
    "attachment_file": _read_only,
    "summary": _summary,
    "meeting": _meeting,
    "commitment": _commitment,
    "disclosure": _disclosure,
    "disclosure_text": _read_only,
    "guardian": _guardian,
    "contact": _contact,
    "protection": _protection,
    "conflict": _conflict,
    "sibling": _sibling,
    "appointment": _appointment,
}


def worked_on(role: str, group: str, action: str, holds: AbstractSet[str]) -> bool:
    """§4.1.1: the own partition, and assigned. 4.3 says what needs no consent, 4.4 what does."""
    if role == "manager":
        if of_the_work(group, action):
            return True
        # R1 "own unit", R2 "E", R6 "R", R17 "own unit"; note 6: approver = unit manager. The rest is stricter here.
        if group == "summary" and action == "decide":
            return "going" in holds
        # R12 "R"; 1.4 and S4: an exception "requires reason + manager".
        if group == "consent" and action == "decide":
            return "going" in holds
        if group == "consent_note":
            return action == "read"
        # R17: what the unit answers for it takes out, too, where its manager works on the case.
        takes_out = group == "disclosure" and action == "export"
        seen = {"case", "identity", "summary", "disclosure", "consent", "consent_view"}
        return takes_out or (group in seen and action in R)
    works = role in {"social_worker", "coordinator"} and group in WORK
    return works and WORK[group](role, action, holds)


LED = {
    "case": {"list"},  # R1 own unit
    "follow_up_due": {"list"},  # R16 "overdue list (no content)"
    "deadline": {"list"},
    "log": {"list"},  # R18 "own unit's reports"
    "disclosure": R | {"export"},  # R17 own unit, for supervision and for who asks (S14)
    "disclosure_text": {"read"},
    "summary": R,  # R6
    "consent": {
        "list"
    },  # S4: there is something to decide on, and the reason that was given for it
    "consent_note": {"read"},
    "break_glass": R | {"decide"},  # "always reviewed within 3 working days"
    "break_glass_text": {"read"},
    "appointment": {"list", "create", "write"},
}


def led(role: str, group: str, action: str, holds: AbstractSet[str]) -> bool:
    """The column "chef", for what somebody of the unit works with."""
    if role != "manager":
        return False
    if group in {"summary", "consent"} and action == "decide":
        return "going" in holds  # Note 6: approver. S4: the exception's second person.
    if group == "absence":
        return (
            action in RW
        )  # §6.5: a substitute is named before leave; whoever falls ill cannot do it.
    return of_the_work(group, action) or action in LED.get(group, set())


# A promise is the municipality's and the police's, and both approve; the others take part.
PROMISES = {
    "safety_coordinator": RW | {"decide"},
    "police_officer": R | {"decide"},
} | dict.fromkeys(
    ("coordinator", "youth_worker", "principal", "social_worker", "manager", "registrar"), R
)
INTERVENES = dict.fromkeys(
    ("safety_coordinator", "coordinator", "police_officer"), RW
) | dict.fromkeys(("youth_worker", "principal", "social_worker", "manager"), R | {"write"})
# §4.1.2 "disclosures can be standing": the municipality's dated decision, by the manager, known where the cases are.
STANDING = {"manager": R | {"create", "decide"}, "coordinator": R, "social_worker": R}
# Issue 4: "the product says who has signed which version", to everybody but who keeps the accounts.
SIGNED = dict.fromkeys(
    (*COLUMN_OF, "safety_coordinator", "log_reviewer", "approver"), R
) | dict.fromkeys(("manager", "registrar"), R | {"create"})
JOINT: dict[str, dict[str, set[str]]] = {
    "pledge": PROMISES,
    "intervention": INTERVENES,
    "standing": STANDING,
    "signed_table": SIGNED,
}


def joint(role: str, group: str, action: str, _holds: AbstractSet[str]) -> bool:
    """R19: no persons in it. Stricter here: only those with a task in the joint work; granskare "–"."""
    return action in JOINT.get(group, {}).get(role, set())


def own_task(role: str, group: str, action: str, _holds: AbstractSet[str]) -> bool:
    """What is one's own and of no class: a deadline, a notice, what one was typing. The administrator keeps accounts only."""
    if role == "administrator":
        return False
    if group in {"held_form", "absence"}:
        return action in RW
    return group in {"deadline", "notice"} and action in R | {"write"}


def reviewed(role: str, group: str, action: str, _holds: AbstractSet[str]) -> bool:
    """R18: "yes, metadata only"; S12: the review is documented and an extract of the log is taken out."""
    if role != "log_reviewer":
        return False
    if group == "log":
        return action in R | {"export"}
    if group == "break_glass":
        return action in R | {
            "decide"
        }  # §4.4, §3.10: "all break-glass" is reviewed; that and when, never the words
    return group == "log_review" and action in RW | {"decide"}


def known_twice(role: str, group: str, action: str, _holds: AbstractSet[str]) -> bool:
    """§4.1.3: only those who may see both learn that there are two; the coordinator settles it."""
    known = role in {"coordinator", "social_worker"} and action in R
    return group == "match" and (known or (role == "coordinator" and action == "decide"))


def received(role: str, group: str, action: str, _holds: AbstractSet[str]) -> bool:
    """R4: the coordinator's "own inbox" (1), where a conflict of interest is declared before the flag is taken."""
    if group == "conflict":
        return role == "coordinator" and action == "create"
    flag = (group == "concern" and action in {"list", "decide"}) or (
        group == "concern_text" and action == "read"
    )
    return role == "coordinator" and flag


def headed(role: str, group: str, action: str, _holds: AbstractSet[str]) -> bool:
    """R5: "author + rektor" (3); note 7: "the principal decides; teachers pass on to the principal"; R17 own."""
    if role != "principal":
        return False
    if group == "conflict":
        # Issue 4: "blocked and logged"; the head of the unit sees that somebody else receives it, as a manager does.
        return action in {"list", "decide"}
    if group == "summary":
        return action in R | {"decide"}
    if group == "disclosure_text":
        return action == "read"
    if group == "disclosure" and action == "export":
        return True  # R17 own unit, as the manager's
    return group in {"report_made", "report_feedback", "disclosure"} and action in R


def report_intake(role: str, group: str, action: str, _holds: AbstractSet[str]) -> bool:
    """R5: "recipient unit only", "own unit"; the coordinator "no". 3.4: the assessments and the feedback are its work."""
    if role not in {"social_worker", "manager"}:
        return False
    if group == "feedback_request":
        return action in R | {"write", "decide"}
    return group == "received_report" and action in RW | {"decide"}


def answers_police(role: str, group: str, action: str, _holds: AbstractSet[str]) -> bool:
    """UL_7 "rektor", UL_4 and UL_6 the unit's manager (S10); who also name the deputy."""
    if role not in {"principal", "manager"}:
        return False
    if group == "request_deputy":
        return action in RW
    return group == "police_request" and action in R | {"decide"}


def stands_in(role: str, group: str, action: str, _holds: AbstractSet[str]) -> bool:
    """Issue 4: "the principal's own page, with a deputy"; a colleague of the unit, never the police or the coordinator."""
    colleague = role in {*COLUMN_OF, "manager"} - {"police_officer", "coordinator"}
    return colleague and group == "police_request" and action in R | {"decide"}


def called_or_handed(role: str, group: str, action: str, holds: AbstractSet[str]) -> bool:
    """R13 "participants", by name; whoever answers for a unit may be called as well. All else that is received: the matrix."""
    if group == "meeting_call":
        # 4.3: R12–R16 "can't exist without consent".
        called = role in {*COLUMN_OF, "manager"} - {"coordinator"}
        return called and action in R and "consent" in holds
    return handed_over(role, group, action, holds)


def ownerless(role: str, group: str, action: str, _holds: AbstractSet[str]) -> bool:
    """Issue 4: "an ended membership leaves nothing without an owner": that it waits, and handing it over; never what it says."""
    return role == "manager" and group in {"case", "deadline"} and action in {"list", "decide"}


def unit_colleague(role: str, group: str, action: str, _holds: AbstractSet[str]) -> bool:
    """§10 timers: "+3 to coordinator", +7 the substitute: who leads the work knows who is there to do it, never why not."""
    return role == "coordinator" and group == "absence" and action in R


TIES = {
    "colleague": unit_colleague,
    "author": sent_in,
    "intake": received,
    "assigned": worked_on,
    "unit_manager": led,
    "principal": headed,
    "recipient": called_or_handed,
    "match": known_twice,
    "joint": joint,
    "reviewer": reviewed,
    "owner": own_task,
    "both": sibling_of_both,
    "report_intake": report_intake,
    "decider": answers_police,
    "deputy": stands_in,
    "break_glass": emergency,
    "appointed": appointed,
    "ownerless": ownerless,
}


def decide(
    role: str,
    relation: str,
    group: str,
    action: str,
    *,
    holds: AbstractSet[str],
    bars: AbstractSet[str],
) -> bool:
    """Whether the document lets `role`, in `relation` to a row, do `action` with `group` of it.

    holds: conditions that hold of the row (consent, law, open_case, going); bars: which hold (conflict, protected).
    """
    # §4.1.7 "only named users, whatever else is said"; a conflict of interest closes the same.
    reviewed_still = group in REVIEWED_ALL_THE_SAME and bars == {"protected"}
    if bars and group not in ABOUT_NOBODY and not reviewed_still:
        return False
    # "System roles without content: systemadministratör (accounts, no case data)".
    if role == "administrator" or relation not in TIES:
        return False
    return TIES[relation](role, group, action, holds)
