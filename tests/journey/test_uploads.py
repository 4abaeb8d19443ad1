"""Uploads through the running node: formats, the client for scripts, strangers' bodies, what is left behind."""

import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
import requests
from mammonode_client import Mammonode, Refused

from tests import synthetic
from tests.deploy.proxy import Proxy, in_front_of
from tests.journey import studies
from tests.journey.node import Node
from tests.journey.ports import LOOPBACK
from tests.journey.waiting import wait_until
from tests.webapp.diagnosis.uploads import encoded, phantom


@pytest.fixture
def client(node: Node) -> Mammonode:
    return Mammonode(node.url, node.first_run["api_token"])


@pytest.fixture(scope="module")
def dicom(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("uploads")
    return synthetic.write(studies.image("upload and store"), folder / "view.dcm")


@pytest.mark.parametrize("image_format", ["PNG", "JPEG", "TIFF"])
def test_the_client_uploads_a_picture_and_fetches_heat_map_and_report(
    node: Node, client: Mammonode, image_format: str
) -> None:
    result = client.diagnose(encoded(image_format, phantom(seed=11)), laterality="R", view="CC")
    assert result["prediction"] in {"Benign", "Malignant"}
    assert 0.5 <= result["confidence"] <= 1
    assert client.result(result["id"])["id"] == result["id"]
    assert client.heatmap(result["id"]).startswith(b"\x89PNG")
    assert client.report(result["id"]).startswith(b"%PDF-")
    assert result["id"] in {row["id"] for row in client.results(image_format=image_format)}


def test_a_stored_dicom_upload_comes_out_as_a_study_with_its_report(node: Node, client: Mammonode, dicom: Path) -> None:
    result = client.diagnose(dicom, store=True)
    study = node.wait_for_study(result["study_instance_uid"], ("SENT",))
    assert len(study["reports"]) == 1


@pytest.fixture(scope="module")
def proxy(node: Node, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    """TLS in front of the running node, as deploy/ describes it."""
    with in_front_of(node.http_port, tmp_path_factory.mktemp("proxy")) as running:
        yield running


@pytest.mark.parametrize("image_format", ["PNG", "JPEG", "DICOM"])
def test_an_upload_goes_through_the_proxy_with_tls(node: Node, proxy: Proxy, dicom: Path, image_format: str) -> None:
    content = dicom.read_bytes() if image_format == "DICOM" else encoded(image_format, phantom(seed=14))
    answer = requests.post(
        f"{proxy.url}/api/v1/diagnosis/",
        files={"image": content},
        headers=node.authorization,
        timeout=120,
        verify=str(proxy.authority),
    )
    assert answer.status_code == 200, answer.text
    assert answer.json()["prediction"] in {"Benign", "Malignant"}


def test_the_client_says_what_the_node_said(node: Node, client: Mammonode) -> None:
    with pytest.raises(Refused, match="PNG, JPEG or DICOM") as refused:
        client.diagnose(b"%PDF-1.7")
    assert refused.value.status == 415


def test_the_curl_of_the_readme_works_under_the_first_address(node: Node) -> None:
    answer = requests.post(
        f"{node.url}/api/diagnosis/", files={"image": encoded("PNG")}, headers=node.authorization, timeout=120
    )
    assert answer.status_code == 200
    assert list(answer.json())[:2] == ["prediction", "confidence"]


def test_a_body_of_200_mb_is_refused_before_it_is_sent(node: Node) -> None:
    head = (
        f"POST /api/diagnosis/ HTTP/1.1\r\nHost: {LOOPBACK}:{node.http_port}\r\n"
        f"Authorization: {node.authorization['Authorization']}\r\n"
        "Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 200000000\r\n\r\n"
    )
    with socket.create_connection((LOOPBACK, node.http_port), timeout=60) as line:
        line.sendall(head.encode())
        assert line.recv(65536).startswith(b"HTTP/1.1 413")


def test_an_upload_that_breaks_off_leaves_nothing(node: Node, client: Mammonode) -> None:
    head = (
        f"POST /api/diagnosis/ HTTP/1.1\r\nHost: {LOOPBACK}:{node.http_port}\r\n"
        f"Authorization: {node.authorization['Authorization']}\r\n"
        "Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 5000000\r\n\r\n"
        '--x\r\nContent-Disposition: form-data; name="image"; filename="../../evil.png"\r\n\r\n'
    )
    before = _files(node)
    with socket.create_connection((LOOPBACK, node.http_port), timeout=60) as line:
        line.sendall(head.encode() + bytes(100_000))
    with pytest.raises(Refused):
        client.diagnose(b"nothing")
    assert _files(node) - before == set()


def _files(node: Node) -> set[Path]:
    folders = [path for path in node.data.iterdir() if path.is_dir() and path.name not in {"logs", "queue"}]
    return {path for folder in folders for path in folder.rglob("*") if path.is_file() and path.suffix != ".pid"}


def _decoders(node: Node) -> list[psutil.Process]:
    return [one for one in node.family() if "webapp.diagnosis.decode_child" in _words(one)]


def _words(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline() if process.status() != psutil.STATUS_ZOMBIE else []
    except psutil.NoSuchProcess:
        return []


def test_decoding_stands_outside_the_web_process_and_may_be_killed(node: Node, client: Mammonode) -> None:
    client.diagnose(encoded("PNG", phantom(seed=12)))
    decoders = _decoders(node)
    assert len(decoders) == 2
    web = node.uptime_seconds("web")
    for process in decoders:
        os.kill(process.pid, signal.SIGKILL)
    wait_until(lambda: not any(_words(process) for process in decoders), 30, "the decoding processes dead")
    assert client.diagnose(encoded("PNG", phantom(seed=13)))["id"]
    assert node.uptime_seconds("web") >= web, "the web process was not restarted"


def test_a_closed_door_does_not_hang_up_on_a_large_body(node: Node) -> None:
    """Who is not signed in is told so, although the whole picture was on its way."""
    answer = requests.post(f"{node.url}/api/diagnosis/", files={"image": encoded("PNG")}, timeout=60)
    assert answer.status_code == 401
