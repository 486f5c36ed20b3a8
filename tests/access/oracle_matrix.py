"""Domain.md 4.3 and 4.4, the columns of those who receive: what another agency may hand over, on a law or under a consent."""

from __future__ import annotations

from collections.abc import Set as AbstractSet

READING = {"list", "read"}

# 4.3 and 4.4 have a column for each of these; the receiving roles.
COLUMNS = ("social", "school", "psychosocial", "nurse", "police", "leisure", "coordinator")
COLUMN_OF = {
    "social_worker": "social",
    "teacher": "school",
    "principal": "school",
    "school_counsellor": "psychosocial",
    "school_nurse": "nurse",
    "police_officer": "police",
    "youth_worker": "leisure",
    "coordinator": "coordinator",
}

# 4.4, what another agency may hand over under a consent that covers the agency and the kind. x = "R" or "R if ticked".
UNDER_CONSENT = {
    "full_name":    "x x x x x . x",  # R1, R2: R; "fritid: first name + birth year default"
    "first_name":   "x x x x x x x",
    "contact":      "x . . . . . x",  # R3: "R", "– (has own)", "–", "–", "–", "–", "R"
    "social":       "x x x . x . x",  # R6 summary: RW, if ticked, if ticked, –, if ticked, –, R
    "school":       "x x x . x . x",  # R7: R, RW, RW, –, if ticked, –, R
    "psychosocial": "x x x x . . x",  # R8: "only the sentence the professional writes"; "default never to police or leisure"
    "medical":      "x x x x . . x",  # R9: the same row
    "police":       "x x . . x . x",  # R10: if ticked, if ticked, –, –, RW, –, R
    "leisure":      "x x . . x x x",  # R11: R, R, –, –, if ticked, RW, R
    "meeting":      "x x x x x . x",  # R13: participants R; leisure "oral by default"
    "plan":         "x x x x x x x",  # R14: R, same, same, same, same, own commitments + goals, RW
    "conversation": "x x x x x . x",  # R15: "others R if ticked", leisure –, coordinator if ticked
    "follow_up":    "x x x x x x x",  # R16: R, same, same, same, same, own part, RW
}  # fmt: skip

# 4.3, what crosses without consent: "a single decided act" (§4.1.2) on a basis of 3.2. "E" is the own partition, so never here.
BY_LAW = {
    "full_name":    "x x x x x . x",  # a single act says whom it is about; §4.4's default for leisure holds all the more
    "first_name":   "x x x x x x x",
    "contact":      ". . . . x . .",  # R3: police "on request UL_4"
    "social":       "x x x x x . .",  # R6: note 4 BROTT_15A by decision, note 5 SOC_SOC, UNGA_18A; S8 FLYTT, SOC_SOC
    "school":       "x . . . x . x",  # R7: UTR_UPPG; E; E; –; UL_7; –; harm test / BROTT_15A
    "psychosocial": "x . . . x . .",  # R8: UTR_UPPG; –; E; –; UL_7 via the principal; –; –
    "medical":      "x . . . x . .",  # R9: UTR_UPPG, OROSANM; –; –; E; 10:18 b, 18 c, 19, 21, 23; –; –
    "police":       "x x . . . . x",  # R10: POLIS_6 …; 15A / 27; –; –; E; –; 15A / 27
    "leisure":      "x . . . x . x",  # R11: OROSANM; –; –; –; UL_6; E; harm test
    "meeting":      ". . . . . . .",  # R12–R16 "can't exist without consent"
    "plan":         ". . . . . . .",
    "conversation": ". . . . . . .",
    "follow_up":    ". . . . . . .",
}  # fmt: skip


def handed_over(role: str, group: str, action: str, holds: AbstractSet[str]) -> bool:
    """§4.1.2: another agency's row is reached only through a live disclosure to somebody named, and only read."""
    column = COLUMN_OF.get(role)
    if column is None or action not in READING:
        return False
    place = COLUMNS.index(column)
    if group == "release":
        return bool({"consent", "law"} & holds)
    kind = group.removeprefix("release_")
    if kind == group or kind not in UNDER_CONSENT:
        return False
    under_consent = UNDER_CONSENT[kind].split()[place] == "x" and "consent" in holds
    by_law = BY_LAW[kind].split()[place] == "x" and "law" in holds
    return under_consent or by_law
