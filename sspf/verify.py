"""`make verify`: the stand-alone verifier, pointed at the local database, its checkpoints and its public key.

Three questions: is the log whole, is every row change bound to an event, do the rows hold what was noted last?
"""

import os
import subprocess
import sys

from psycopg.conninfo import conninfo_to_dict, make_conninfo

from sspf import local


def main(arguments: list[str]) -> int:
    """Verify the evidence log as the role that may read all of it and change nothing."""
    state = local.ensure()
    # Without `make run` nobody numbers the last events; where it runs, this finds the place taken and ends.
    subprocess.run(
        [sys.executable, "manage.py", "sequencer", "--once"],
        cwd=local.ROOT,
        stdout=subprocess.DEVNULL,
        check=False,
    )
    address = conninfo_to_dict(state.database_url)
    database = make_conninfo(
        host=address["host"], port=address["port"], dbname=address["dbname"], user="sspf_backup"
    )
    environment = os.environ | {
        "PGPASSWORD": state.passwords["backup"],
        "SSPF_CHECKPOINT_DIR": str(state.checkpoints),
        "SSPF_AUDIT_PUBLIC_KEY": state.secrets["audit_public_key"],
    }
    answers = []
    for title, command in (
        ("events", ["verify", *arguments]),
        ("row changes", ["changes"]),
        ("rows", ["cells"]),
    ):
        print(f"-- {title}", flush=True)
        ran = subprocess.run(
            [sys.executable, "audit/auditctl.py", *command, "--database", database],
            cwd=local.ROOT,
            env=environment,
            check=False,
        )
        answers.append(ran.returncode)
    return max(answers)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
