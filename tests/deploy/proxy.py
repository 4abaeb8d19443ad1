"""Debian's nginx with the configuration of deploy/, on free ports and with a certificate of this test."""

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.architecture.test_house import ROOT
from tests.certificates import Authority
from tests.journey.ports import free_port, is_open
from tests.journey.processes import ChildProcess
from tests.journey.programs import path_of

CONFIGURATION = ROOT / "deploy" / "nginx" / "mammonode.conf"


@dataclass(frozen=True)
class Proxy:
    """A proxy that listens."""

    http_port: int
    https_port: int
    authority: Path

    @property
    def url(self) -> str:
        return f"https://localhost:{self.https_port}"

    @property
    def plain_url(self) -> str:
        return f"http://localhost:{self.http_port}"


@contextlib.contextmanager
def in_front_of(node_port: int, folder: Path) -> Iterator[Proxy]:
    """Start nginx in front of a node."""
    authority = Authority.make(folder)
    proxy = Proxy(free_port(), free_port(), authority.path)
    main = folder / "nginx.conf"
    main.write_text(_main(folder, _rendered(proxy, node_port, authority, folder)), encoding="utf-8")
    command: list[str | Path] = [path_of("nginx"), "-p", folder, "-c", main, "-e", folder / "error.log"]
    with ChildProcess("nginx", command, folder / "nginx.log") as process:
        process.wait_for(lambda: is_open(proxy.https_port), 30, "listening")
        yield proxy


def _rendered(proxy: Proxy, node_port: int, authority: Authority, folder: Path) -> Path:
    signed = authority.sign("proxy")
    text = CONFIGURATION.read_text(encoding="utf-8")
    for ours, theirs in {
        "127.0.0.1:8000": f"127.0.0.1:{node_port}",
        "listen 80;": f"listen 127.0.0.1:{proxy.http_port};",
        "listen 443 ssl": f"listen 127.0.0.1:{proxy.https_port} ssl",
        "https://node.example.org": f"https://localhost:{proxy.https_port}",
        "server_name node.example.org": "server_name localhost",
        "/etc/ssl/mammonode/certificate.pem": str(signed.certificate),
        "/etc/ssl/mammonode/key.pem": str(signed.key),
    }.items():
        assert ours in text, ours
        text = text.replace(ours, theirs)
    path = folder / "mammonode.conf"
    path.write_text(text, encoding="utf-8")
    return path


def _main(folder: Path, site: Path) -> str:
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    temporary = " ".join(f"{kind}_temp_path {folder / kind};" for kind in kinds)
    user = "user root;" if os.geteuid() == 0 else ""
    return (
        f"daemon off; worker_processes 1; {user} pid {folder / 'nginx.pid'};\n"
        f"events {{ worker_connections 256; }}\n"
        f"http {{ access_log off; {temporary} include {site}; }}\n"
    )
