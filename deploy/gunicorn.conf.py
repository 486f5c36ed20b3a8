"""How the web is served, in the demo and in production alike; the address is given on the command line."""

from pathlib import Path

worker_class = "gthread"
workers = 2
threads = 4
timeout = 60
graceful_timeout = 10
keepalive = 5
# Heartbeats in memory: the file system may be read-only.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108
control_socket_disable = True
# A worker's memory grows with the largest page it has served.
max_requests = 5000
max_requests_jitter = 500
limit_request_line = 4094
# No access log: it would be a second, unprotected record of who looked at what.
accesslog = None
errorlog = "-"
