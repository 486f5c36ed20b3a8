"""The keeper: one process per checkout that owns the local servers for as long as anybody uses them.

Users hold a shared lock on `.local/in-use`; the kernel lets go of it when a user ends, however it ends. When the
keeper can take that lock alone, nobody is left: it stops the servers and ends. There is nothing to count and
no stale pid.
"""

import fcntl
import json
import os
import signal
import sys
import time
from datetime import datetime
from pathlib import Path
from types import FrameType

from sspf import local_secrets
from sspf.embedded_postgres import Postgres
from sspf.embedded_valkey import Valkey
from sspf.local import PASSING
from sspf.mailbox import Mailbox
from sspf.processes import Server, free_port
from sspf.provision import ROLES, provision

DATABASE = "sspf"
_LOOK_EVERY = 0.2


def say(text: str) -> None:
    """Write a line to the keeper's log; `make run` shows it."""
    print(f"{datetime.now().astimezone():%H:%M:%S} {text}", flush=True)


def main(local: Path, *, lasting: bool = True) -> int:
    """Keep the servers until nobody uses them or somebody asks to stop.

    lasting: what is committed is on the disk, and not only with the kernel.
    """
    guard = (local / "keeper.lock").open("a")
    try:
        fcntl.flock(guard, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return 0  # Another keeper was faster.
    in_use = (local / "in-use").open("a")
    asked: list[int] = []

    def ask(number: int, _: FrameType | None) -> None:
        asked.append(number)

    signal.signal(signal.SIGTERM, ask)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    state_file = local / "state.json"
    state_file.unlink(missing_ok=True)
    servers: list[Server] = []
    try:
        secrets = local_secrets.ensure(local / "secrets")
        ports = _last_ports(local)
        postgres = Postgres(
            local=local,
            port=ports.get("postgres", 0),
            password=secrets["postgres"],
            lasting=lasting,
        )
        valkey = Valkey(local=local, port=ports.get("valkey", 0), password=secrets["valkey"])
        mailbox = Mailbox(folder=local / "mailbox", port=free_port(ports.get("mailbox", 0)))
        wanted: list[Server] = [postgres, valkey, mailbox]
        for server in wanted:
            server.start()
            servers.append(server)
        provision(
            postgres.conninfo(), DATABASE, {role: secrets[f"database_{role}"] for role in ROLES}
        )
        _write_state(state_file, servers)
        say("The local servers are ready")
        while not asked and not _nobody_uses(in_use.fileno()):
            for server in servers:
                if not server.alive():
                    say(f"{server.name} ended by itself; starting it again")
                    server.start()
                    _write_state(state_file, servers)
                    say(f"{server.name} is back")
            time.sleep(_LOOK_EVERY)
    except Exception as error:  # noqa: BLE001 - the log is the only place it can be told
        say(f"{type(error).__name__}: {error}")
        return 1
    finally:
        state_file.unlink(missing_ok=True)
        for server in reversed(servers):
            server.stop()
    say("The local servers are stopped")
    return 0


def _nobody_uses(in_use: int) -> bool:
    """Take the users' lock alone; kept until the process ends, so that newcomers wait for the end."""
    try:
        fcntl.flock(in_use, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _write_state(path: Path, servers: list[Server]) -> None:
    state = {"process": os.getpid(), "ports": {server.name: server.port for server in servers}}
    partial = path.with_name(".state.json")
    partial.write_text(json.dumps(state), encoding="ascii")
    partial.rename(path)
    (path.with_name("ports.json")).write_text(json.dumps(state["ports"]), encoding="ascii")


def _last_ports(local: Path) -> dict[str, int]:
    try:
        ports = json.loads((local / "ports.json").read_text(encoding="ascii"))
    except (OSError, ValueError):
        return {}
    return {str(name): int(port) for name, port in ports.items()}


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), lasting=PASSING not in sys.argv[2:]))
