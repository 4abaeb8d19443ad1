"""The receivers that are compared, each a process of its own in a folder of its own."""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

AE_TITLE = "MAMMONODE"
_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
_START_SECONDS = 60.0


@dataclass(frozen=True)
class Usage:
    """What a process and its descendants have used."""

    cpu_ms: float
    resident_mb: float


@dataclass
class Receiver:
    """A running receiver."""

    name: str
    process: "subprocess.Popen[bytes]"
    port: int
    folder: Path

    def usage(self) -> Usage:
        """Return CPU time so far of the whole tree, ended children included, and its resident memory."""
        ticks, pages = 0, 0
        for pid in _tree(self.process.pid):
            with contextlib.suppress(OSError):
                # utime, stime, and those of the children it has waited for
                fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
                ticks += sum(map(int, fields[11:15]))
                pages += int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
        return Usage(ticks / _TICKS * 1000.0, pages * _PAGE_BYTES / 1e6)

    def objects(self) -> int:
        """Return how many files of at least 10 MB it has stored."""
        return sum(path.is_file() and path.stat().st_size > 10_000_000 for path in self.folder.rglob("*"))


@contextlib.contextmanager
def running(name: str, folder: Path) -> Iterator[Receiver]:
    """Start a receiver by name, wait until it listens, and stop it afterwards."""
    folder.mkdir(parents=True)
    port = free_port()
    with (folder / "log.txt").open("wb") as log:
        process = subprocess.Popen(
            _command(name, folder, port), cwd=_working_folder(name, folder), stdout=log, stderr=log
        )
        try:
            wait_until_listening(process, port, folder)
            yield Receiver(name, process, port, folder)
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(10.0)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            shutil.rmtree(folder, ignore_errors=True)


def available(names: Sequence[str]) -> list[str]:
    """Return those of `names` whose program is installed."""
    programs = {"orthanc": "Orthanc", "storescp": "storescp", "storescp --fork": "storescp"}
    return [name for name in names if name not in programs or shutil.which(programs[name])]


def free_port() -> int:
    """Return a loopback port that nobody uses now."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def _command(name: str, folder: Path, port: int) -> list[str]:
    if name.startswith("storescp"):
        fork = ["--fork"] if name.endswith("--fork") else []
        return ["storescp", *fork, "--max-pdu", "131072", "-aet", AE_TITLE, "-od", str(folder), str(port)]
    if name == "orthanc":
        return ["Orthanc", str(_orthanc_configuration(folder, port))]
    return [sys.executable, "-m", "benchmarks.receiver", str(folder), str(port), *name.split()[1:]]


def _working_folder(name: str, folder: Path) -> Path:
    return folder if name == "orthanc" else Path(__file__).parents[1]


def _orthanc_configuration(folder: Path, port: int) -> Path:
    path = folder / "orthanc.json"
    configuration = {
        "StorageDirectory": str(folder),
        "IndexDirectory": str(folder),
        "SyncStorageArea": True,
        "DicomAet": AE_TITLE,
        "DicomPort": port,
        "DicomAlwaysAllowStore": True,
        "DicomCheckCalledAet": False,
        "MaximumPduLength": 131072,
        "HttpServerEnabled": False,
        "Plugins": [],
    }
    path.write_text(json.dumps(configuration), encoding="utf-8")
    return path


def wait_until_listening(process: "subprocess.Popen[bytes]", port: int, folder: Path) -> None:
    """Wait for a process to listen on a port; its log is told where it ends instead."""
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError((folder / "log.txt").read_text(encoding="utf-8", errors="replace")[-2000:])
        if _is_listening(port):
            return
        time.sleep(0.05)
    raise TimeoutError(f"nobody listens on {port}")


def _is_listening(port: int) -> bool:
    # without connecting: to some receivers a connection that says nothing is an event
    needle = f":{port:04X}"
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        for line in Path(table).read_text(encoding="ascii").splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and fields[1].endswith(needle):
                return True
    return False


def _tree(pid: int) -> list[int]:
    found = [pid]
    for parent in found:
        with contextlib.suppress(OSError):
            for thread in Path(f"/proc/{parent}/task").iterdir():
                children = (thread / "children").read_text(encoding="ascii").split()
                found.extend(int(child) for child in children)
    return found
