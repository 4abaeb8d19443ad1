"""The processes of one machine, as a supervisor configuration."""

import hashlib
import os
import secrets
import shlex
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

# whoever of these is set has work that may take its time
_IN_THE_BACKGROUND = ("NODE_PRIORS_FROM", "NODE_WORKLIST_FROM", "NODE_AUDIT_RECEIVER")
# a UNIX socket's path has at most 107 bytes
_SOCKET_PATH_LIMIT = 100


@dataclass(frozen=True)
class Process:
    """One process: its name, its command, and how long it may take to drain."""

    name: str
    command: tuple[str, ...]
    stop_seconds: int
    # low starts first and stops last: receiving stops first, so that nothing new comes in
    priority: int


def node_processes() -> tuple[Process, ...]:
    """Return what one machine runs.

    `run_node` has made every check before it starts them, so that none of them makes them again: they load the
    whole web side, which is seconds of each start.
    """
    python = sys.executable
    manage = str(settings.BASE_DIR / "manage.py")
    # workers alone load the tasks: the clock and the receiving process send them by name and stay small
    tasks = (
        "webapp.studies.tasks,webapp.chatbot.tasks,webapp.workitems.tasks,webapp.monitoring.tasks,webapp.audit.tasks"
    )
    worker = (python, "-m", "celery", "-A", "config", "worker", "--loglevel=INFO", "-I", tasks)
    plain = ("--without-gossip", "--without-mingle", "--without-heartbeat")
    # what may take its time has a worker of its own, so that it holds up no delivery
    background = Process("background", (*worker, *plain, "-n", "background@%h", "-Q", "background", "-c", "1"), 20, 25)
    web = (python, "-m", "granian", "--interface", "wsgi", "--host", settings.NODE_BIND)
    return (
        Process(
            "web",
            (*web, "--port", str(settings.NODE_HTTP_PORT), *_WEB_OPTIONS, "config.wsgi:application"),
            15,
            10,
        ),
        Process("analysis", (*worker, *plain, "-n", "analysis@%h", "-Q", "analysis", "-c", "1"), 60, 20),
        Process("delivery", (*worker, *plain, "-n", "delivery@%h", "-Q", "delivery,clock", "-c", "2"), 60, 20),
        Process(
            "beat",
            (python, "-m", "celery", "-A", "config", "beat", "--loglevel=WARNING", "--pidfile="),
            10,
            30,
        ),
        *([background] if any(getattr(settings, name) for name in _IN_THE_BACKGROUND) else []),
        Process("scp", (python, manage, "run_scp", "--skip-checks"), settings.NODE_DRAIN_SECONDS + 10, 40),
    )


# uploads wait on a thread each: beyond the bound of their queue there are threads left to say so, and for all else
_WEB_OPTIONS = ("--workers", "1", "--blocking-threads", "64", "--no-ws", "--respawn-failed-workers")


def socket_path() -> Path:
    """Return where the process manager listens for `supervisorctl`, short enough for a UNIX socket."""
    path: Path = settings.NODE_RUN_DIR / "supervisor.sock"
    if len(str(path)) <= _SOCKET_PATH_LIMIT:
        return path
    digest = hashlib.sha256(str(path).encode()).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"mammonode-{digest}.sock"


def _program(process: Process) -> str:
    pid_file = settings.NODE_RUN_DIR / f"{process.name}.pid"
    line = f"echo $$ > {shlex.quote(str(pid_file))}; exec {shlex.join(process.command)}"
    command = shlex.join(["/bin/sh", "-c", line]).replace("%", "%%")
    return f"""
[program:{process.name}]
command={command}
directory={settings.BASE_DIR}
priority={process.priority}
autorestart=true
startsecs=3
startretries=1000000
stopsignal=TERM
stopwaitsecs={process.stop_seconds}
killasgroup=true
environment=TF_CPP_MIN_LOG_LEVEL="3",CELERY_SKIP_CHECKS="true"
redirect_stderr=true
stdout_logfile={settings.NODE_LOG_DIR / process.name}.log
stdout_logfile_maxbytes=20MB
stdout_logfile_backups=10
"""


def configuration() -> str:
    """Return the configuration of the process manager; its control socket gets a password of this start."""
    password = secrets.token_urlsafe(24)
    head = f"""
[supervisord]
nodaemon=true
loglevel=info
logfile={settings.NODE_LOG_DIR}/supervisor.log
logfile_maxbytes=20MB
logfile_backups=5
pidfile={settings.NODE_RUN_DIR}/supervisor.pid
childlogdir={settings.NODE_LOG_DIR}
{"user=root" if os.geteuid() == 0 else ""}

[unix_http_server]
file={socket_path()}
chmod=0600
username=node
password={password}

[supervisorctl]
serverurl=unix://{socket_path()}
username=node
password={password}

[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface
"""
    return head + "".join(_program(process) for process in node_processes())
