"""Going on after a lawful restore: the checkpoints beyond it are set aside, whole, with a signed note that says so.

The sequencer refuses a database that is behind what was signed, and must: it cannot tell a restore from a
rollback. So a person says it, once, for each log, and what was said stays: in the log (`log.restore`, written
by the restore), in a signed note beside the checkpoints, and in the file that was set aside.
"""

import base64
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from django.db import connection

from audit.auditctl import (
    LOG_SIGNATURE,
    Checkpoint,
    Tree,
    checkpoint_file,
    key_id,
    notes_in,
    origin_of,
    read_checkpoint,
)
from audit.checkpoint_file import append, latest
from crypto.signing import Signer


@dataclass(frozen=True, slots=True)
class Behind:
    """A log in the database that ends before what was signed."""

    municipality_id: UUID
    tree: Tree
    signed: Checkpoint


class NotARestore(Exception):
    """The log holds no sign of a restore, or is no beginning of what was signed: it is to be examined, not accepted."""


def behind(folder: Path, key: bytes) -> list[Behind]:
    """The logs whose checkpoints are ahead of the database."""
    found = []
    for path in sorted(folder.glob("*.checkpoints")):
        municipality_id = UUID(path.stem)
        signed = latest(folder, municipality_id, key)
        tree = _tree(municipality_id)
        if signed is not None and signed.size > tree.size:
            found.append(Behind(municipality_id, tree, signed))
    return found


def accept(one: Behind, folder: Path, signer: Signer, now: datetime) -> Path:
    """Set the file aside and keep the checkpoints of what the database still has; return the file set aside."""
    _demand_restore(one)
    path = checkpoint_file(folder, one.municipality_id)
    origin = origin_of(one.municipality_id)
    notes = notes_in(path.read_text(encoding="utf-8"))
    kept = [
        (note, checkpoint)
        for note in notes
        if (checkpoint := read_checkpoint(note, origin, signer.public_key)).size <= one.tree.size
    ]
    for _note, checkpoint in kept:
        if checkpoint.size == one.tree.size and checkpoint.root != one.tree.root():
            raise NotARestore("the log is not the one that was signed at this size")
    append_note(folder, one, signer, now)
    aside = path.with_name(f"{path.name}.until-{now:%Y%m%dT%H%M%SZ}")
    path.rename(aside)
    for note, _checkpoint in kept:
        append(folder, one.municipality_id, note)
    return aside


def append_note(folder: Path, one: Behind, signer: Signer, now: datetime) -> None:
    """Say, signed, which events were signed and are gone (a C2SP signed note of its own kind)."""
    name = f"sspf-restored/{one.municipality_id}"
    text = "\n".join(
        (
            name,
            f"restored to {one.tree.size} {base64.b64encode(one.tree.root()).decode()}",
            f"signed before {one.signed.size} {base64.b64encode(one.signed.root).decode()}",
            f"accepted {now:%Y-%m-%dT%H:%M:%SZ}\n",
        )
    )
    signature = key_id(name, LOG_SIGNATURE, signer.public_key) + signer.sign(text.encode())
    with (folder / f"{one.municipality_id}.restored").open("a", encoding="utf-8") as file:
        file.write(f"{text}\n— {name} {base64.b64encode(signature).decode()}\n\n")


def _tree(municipality_id: UUID) -> Tree:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT size, frontier FROM audit.tree WHERE municipality_id = %s", [municipality_id]
        )
        row = cursor.fetchone()
    return Tree(row[0], bytes(row[1])) if row else Tree()


def _demand_restore(one: Behind) -> None:
    """The restore wrote its event, and it has not got a number yet: nothing was numbered since."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM audit.unsequenced u JOIN audit.event e"
            " ON e.municipality_id = u.municipality_id AND e.id = u.event_id"
            " WHERE e.action = 'log.restore' AND u.municipality_id = ANY (ARRAY[%s, "
            "   CASE WHEN %s = '00000000-0000-0000-0000-000000000000'::uuid"
            "        THEN u.municipality_id END]))",
            [one.municipality_id, one.municipality_id],
        )
        (restored,) = cursor.fetchone()
    if not restored:
        raise NotARestore("no restore was noted in this log: find out who changed the database")
