"""Debian's PostgreSQL, RabbitMQ and Redis, each in a temporary folder on a free loopback port."""

import contextlib
import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.journey.ports import LOOPBACK, free_port, is_open
from tests.journey.processes import ChildProcess, run
from tests.journey.programs import path_of

START_SECONDS = 60


@dataclass(frozen=True)
class Server:
    """A server that listens, and the URL by which the node finds it."""

    url: str
    process: ChildProcess


@contextlib.contextmanager
def _folder(prefix: str) -> Iterator[Path]:
    # not below pytest's own folder: PostgreSQL's user must be able to enter, and socket paths are short
    path = Path(tempfile.mkdtemp(prefix=prefix))
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


@contextlib.contextmanager
def postgresql() -> Iterator[Server]:
    """Start a PostgreSQL cluster of its own with an empty database ``mammonode``."""
    initdb, postgres, createdb = path_of("initdb"), path_of("postgres"), path_of("createdb")
    with _folder("mammonode-pg-") as folder:
        user = "postgres" if os.geteuid() == 0 else None
        if user is not None:
            shutil.chown(folder, user, user)
        cluster, port = folder / "cluster", free_port()
        create: list[str | Path] = [
            initdb,
            "-D",
            cluster,
            "-U",
            "mammonode",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--no-sync",
            "--locale=C",
        ]
        with ChildProcess("initdb", create, folder / "initdb.log", user=user, folder=folder) as process:
            code = process.wait(START_SECONDS)
            assert code == 0, process.tail()
        command: list[str | Path] = [postgres, "-D", cluster, "-p", str(port), "-k", folder, "-h", LOOPBACK]
        # the machine does not lose its power in these tests
        command += ["-c", "fsync=off", "-c", "full_page_writes=off"]
        with ChildProcess("postgres", command, folder / "postgres.log", user=user, folder=folder) as process:
            process.wait_for(
                lambda: run([path_of("pg_isready"), "-q", "-h", LOOPBACK, "-p", str(port)]).returncode == 0,
                START_SECONDS,
                "answering",
            )
            made = run([createdb, "-h", LOOPBACK, "-p", str(port), "-U", "mammonode", "mammonode"])
            assert made.returncode == 0, made.stdout
            try:
                yield Server(f"postgres://mammonode@{LOOPBACK}:{port}/mammonode", process)
            finally:
                # "fast" in PostgreSQL's words: sessions are ended, shared memory is given back
                process.stop(by=signal.SIGINT)


@contextlib.contextmanager
def redis() -> Iterator[Server]:
    """Start a Redis of its own, without files."""
    program = path_of("redis-server")
    with _folder("mammonode-redis-") as folder:
        port = free_port()
        command: list[str | Path] = [
            program,
            "--bind",
            LOOPBACK,
            "--port",
            str(port),
            "--dir",
            folder,
            "--save",
            "",
            "--appendonly",
            "no",
        ]
        with ChildProcess("redis-server", command, folder / "redis.log", folder=folder) as process:
            process.wait_for(lambda: is_open(port), START_SECONDS, "listening")
            yield Server(f"redis://{LOOPBACK}:{port}/0", process)


@contextlib.contextmanager
def rabbitmq() -> Iterator[Server]:
    """Start a RabbitMQ of its own, with a port mapper (epmd) of its own, all on the loopback interface."""
    path_of("rabbitmq-server")
    # Debian's program in /usr/sbin insists on its own user and folder; this is the one it calls
    program, epmd = Path("/usr/lib/rabbitmq/bin/rabbitmq-server"), path_of("epmd")
    with _folder("mammonode-rabbit-") as folder:
        port, mapper_port = free_port(), free_port()
        environment = _rabbitmq_environment(folder, port, mapper_port)
        with (
            ChildProcess("epmd", [epmd], folder / "epmd.log", environment=environment) as mapper,
            ChildProcess(
                "rabbitmq-server", [program, "-noinput"], folder / "rabbit.log", environment=environment
            ) as process,
        ):
            mapper.wait_for(lambda: is_open(mapper_port), START_SECONDS, "listening")
            process.wait_for(lambda: "Server startup complete" in process.text(), START_SECONDS, "complete start-up")
            process.wait_for(lambda: is_open(port), START_SECONDS, "listening")
            try:
                yield Server(f"amqp://guest:guest@{LOOPBACK}:{port}//", process)
            finally:
                process.stop()


def _rabbitmq_environment(folder: Path, port: int, mapper_port: int) -> dict[str, str]:
    """Write RabbitMQ's files and return the variables that keep it within the folder and these ports."""
    (folder / "rabbitmq.conf").write_text(
        f"listeners.tcp.default = {LOOPBACK}:{port}\nlog.console = true\nlog.file = false\n", encoding="ascii"
    )
    (folder / "enabled_plugins").write_text("[].\n", encoding="ascii")
    (folder / "rabbitmq-env.conf").touch()
    return {
        **os.environ,
        "HOME": str(folder),
        "ERL_EPMD_PORT": str(mapper_port),
        "ERL_EPMD_ADDRESS": LOOPBACK,
        "RABBITMQ_NODENAME": f"mammonode-{port}@localhost",
        "RABBITMQ_BASE": str(folder),
        "RABBITMQ_MNESIA_BASE": str(folder / "mnesia"),
        "RABBITMQ_LOG_BASE": str(folder / "log"),
        "RABBITMQ_PID_FILE": str(folder / "rabbitmq.pid"),
        "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq.conf"),
        "RABBITMQ_CONF_ENV_FILE": str(folder / "rabbitmq-env.conf"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "enabled_plugins"),
        "RABBITMQ_DIST_PORT": str(free_port()),
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1} +S 2:2",
        # the shell script then becomes the Erlang machine instead of waiting for it
        "RABBITMQ_ALLOW_INPUT": "true",
    }
