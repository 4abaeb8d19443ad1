"""STOW-RS and QIDO-RS over real HTTP: a server that answers as told, and Orthanc."""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from pydicom import dcmread

from dicom_node.dicomweb import Origin, WebTimeouts
from dicom_node.errors import SendError
from dicom_node.qido import Held, find_object
from dicom_node.scu import StoreOutcome
from dicom_node.sr.measurement import build_measurement_report, to_part10
from dicom_node.stow import store
from tests.dicom_node.sr.cases import content_of, small
from tests.journey.orthanc import orthanc
from tests.journey.ports import LOOPBACK, free_port
from tests.journey.web_peer import Told, WebPeer, told, web_peer

PLUGIN = Path("/usr/share/orthanc/plugins/libOrthancDicomWeb.so")
SR = "1.2.840.10008.5.1.4.1.1.88.34"


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Two reports about two studies."""
    folder = tmp_path_factory.mktemp("reports")
    paths = []
    for number in range(2):
        image = small(study=number + 1)
        paths.append(folder / f"report-{number}.dcm")
        paths[-1].write_bytes(to_part10(build_measurement_report(content_of([image], probabilities=(0.5,)), [image])))
    return paths


@pytest.fixture(scope="module")
def uids(reports: list[Path]) -> list[str]:
    """The SOP Instance UIDs of the reports."""
    return [str(dcmread(path).SOPInstanceUID) for path in reports]


@pytest.fixture(scope="module")
def peer() -> Iterator[WebPeer]:
    """One server for all tests; each says what it answers."""
    with web_peer() as running:
        yield running


def _item(uid: str, reason: int | None = None, tag: str = "00081197") -> dict[str, Any]:
    item: dict[str, Any] = {
        "00081150": {"vr": "UI", "Value": [SR]},
        "00081155": {"vr": "UI", "Value": [uid]},
    }
    if reason is not None:
        item[tag] = {"vr": "US", "Value": [reason]}
    return item


def _stored(*items: dict[str, Any]) -> dict[str, Any]:
    return {"00081199": {"vr": "SQ", "Value": list(items)}}


def _failed(*items: dict[str, Any]) -> dict[str, Any]:
    return {"00081198": {"vr": "SQ", "Value": list(items)}}


def _send(peer: WebPeer, answer: Told, paths: list[Path]) -> tuple[StoreOutcome, ...]:
    peer.answer = lambda asked: answer
    peer.asked.clear()
    return store(paths, Origin(peer.url), timeouts=WebTimeouts(5, 20))


def test_each_file_goes_out_as_the_bytes_it_holds(peer: WebPeer, reports: list[Path], uids: list[str]) -> None:
    outcomes = _send(peer, told(200, _stored(*map(_item, uids))), reports)
    assert outcomes == tuple(
        StoreOutcome(path, uid, 0, True, False, "") for path, uid in zip(reports, uids, strict=True)
    )
    (asked,) = peer.asked
    assert (asked.method, asked.path, asked.headers["Accept"]) == ("POST", "/studies", "application/dicom+json")
    kind, boundary = asked.headers["Content-Type"].rsplit("; boundary=", 1)
    assert kind == 'multipart/related; type="application/dicom"'
    parts = asked.body.split(b"--" + boundary.encode())
    assert [part.split(b"\r\n\r\n", 1)[1][:-2] for part in parts[1:-1]] == [path.read_bytes() for path in reports]
    assert parts[0] == b""
    assert parts[-1] == b"--\r\n"


@pytest.mark.parametrize(
    ("reason", "permanent", "words"),
    [
        (0xA700, False, "cannot store the object now (failure reason A700)"),
        (0x0110, False, "cannot store the object now (failure reason 0110)"),
        (0x0213, False, "cannot store the object now (failure reason 0213)"),
        (0xA900, True, "refuses the object (failure reason A900)"),
        (0xC122, True, "refuses the object (failure reason C122)"),
        (0x0122, True, "refuses the object (failure reason 0122)"),
    ],
)
@pytest.mark.parametrize("http_status", [200, 202, 400, 409, 415])
def test_the_failure_reason_decides_whatever_the_http_status_says(
    http_status: int,
    reason: int,
    permanent: bool,
    words: str,
    peer: WebPeer,
    reports: list[Path],
    uids: list[str],
) -> None:
    (outcome,) = _send(peer, told(http_status, _failed(_item(uids[0], reason))), reports[:1])
    assert outcome == StoreOutcome(reports[0], uids[0], reason, False, permanent, f"{peer.url} {words}.")


def test_one_of_two_is_stored_and_the_other_is_not(peer: WebPeer, reports: list[Path], uids: list[str]) -> None:
    answer = _stored(_item(uids[1])) | _failed(_item(uids[0], 0xC000))
    first, second = _send(peer, told(202, answer), reports)
    assert (first.stored, first.permanent, first.status) == (False, True, 0xC000)
    assert (second.stored, second.status) == (True, 0)


def test_a_warning_is_stored_and_said(peer: WebPeer, reports: list[Path], uids: list[str]) -> None:
    answer = _stored(_item(uids[0], 0xB000, "00081196"))
    (outcome,) = _send(peer, told(202, answer), reports[:1])
    assert (outcome.stored, outcome.status, outcome.permanent) == (True, 0xB000, False)
    assert outcome.message == f"{peer.url} stored the object with warning B000."


def test_an_object_in_both_lists_counts_as_failed(peer: WebPeer, reports: list[Path], uids: list[str]) -> None:
    answer = _stored(_item(uids[0])) | _failed(_item(uids[0], 0xA700))
    (outcome,) = _send(peer, told(200, answer), reports[:1])
    assert not outcome.stored


def test_an_object_that_the_answer_does_not_name_is_not_stored(
    peer: WebPeer, reports: list[Path], uids: list[str]
) -> None:
    named, silent = _send(peer, told(200, _stored(_item(uids[0]))), reports)
    assert named.stored
    assert (silent.stored, silent.status, silent.permanent) == (False, None, False)
    assert f"does not name {uids[1]}" in silent.message


def test_a_failure_without_a_reason_is_for_good(peer: WebPeer, reports: list[Path], uids: list[str]) -> None:
    (outcome,) = _send(peer, told(409, _failed(_item(uids[0]))), reports[:1])
    assert (outcome.stored, outcome.status, outcome.permanent) == (False, None, True)
    assert "without a reason" in outcome.message


def test_what_the_origin_could_not_read_is_counted(peer: WebPeer, reports: list[Path]) -> None:
    others = {"0008119A": {"vr": "SQ", "Value": [{"00081197": {"vr": "US", "Value": [0xC000]}}]}}
    (outcome,) = _send(peer, told(409, others), reports[:1])
    assert (outcome.stored, outcome.permanent) == (False, True)
    assert "could not read 1 objects" in outcome.message


@pytest.mark.parametrize(
    ("answer", "permanent", "words"),
    [
        (Told(200), False, "without saying what it stored"),
        (Told(200, b"<html>fine</html>", "text/html"), False, "without saying what it stored"),
        (Told(200, b"[1, 2", "application/dicom+json"), False, "without saying what it stored"),
        (Told(200, b"[{}]"), False, "without saying what it stored"),
        (Told(204), False, "without saying what it stored"),
        (Told(302, headers={"Location": "http://elsewhere/"}), True, "points to http://elsewhere/"),
        (Told(400, b"no", "text/plain"), True, "HTTP 400"),
        (Told(401), True, "Check the token"),
        (Told(404), True, "Check the address"),
        (Told(429), False, "HTTP 429"),
        (Told(500), False, "HTTP 500"),
        (Told(503), False, "HTTP 503"),
        (Told(507), False, "HTTP 507"),
    ],
)
def test_an_answer_that_speaks_of_no_object_proves_nothing(
    answer: Told, permanent: bool, words: str, peer: WebPeer, reports: list[Path]
) -> None:
    with pytest.raises(SendError, match=words) as failure:
        _send(peer, answer, reports[:1])
    assert failure.value.permanent is permanent
    assert len(peer.asked) == 1


def test_a_connection_cut_in_the_answer_is_worth_another_try(peer: WebPeer, reports: list[Path]) -> None:
    with pytest.raises(SendError, match="ended the connection") as failure:
        _send(peer, Told(200, b"[" + b" " * 100, cut=20), reports[:1])
    assert not failure.value.permanent


def test_an_answer_without_end_is_broken_off(peer: WebPeer, reports: list[Path]) -> None:
    with pytest.raises(SendError, match="more than 16777216 bytes"):
        _send(peer, Told(200, b" " * (17 * 1024 * 1024)), reports[:1])


def test_a_silent_origin_is_worth_another_try(peer: WebPeer, reports: list[Path]) -> None:
    def hang_up(asked: object) -> Told:
        raise ConnectionError

    peer.answer = hang_up
    with pytest.raises(SendError) as failure:
        store(reports[:1], Origin(peer.url))
    assert not failure.value.permanent
    with pytest.raises(SendError, match="cannot be reached") as failure:
        store(reports[:1], Origin(f"http://{LOOPBACK}:{free_port()}"))
    assert not failure.value.permanent


def test_a_file_that_is_no_dicom_never_leaves(peer: WebPeer, tmp_path: Path) -> None:
    note = tmp_path / "note.txt"
    note.write_text("no DICOM")
    outcomes = _send(peer, Told(), [note, tmp_path / "missing.dcm"])
    assert [(outcome.stored, outcome.permanent) for outcome in outcomes] == [(False, True), (False, False)]
    assert peer.asked == []


def test_credentials_travel_and_are_not_shown(peer: WebPeer, reports: list[Path], uids: list[str]) -> None:
    peer.answer = lambda asked: told(200, _stored(_item(uids[0])))
    peer.asked.clear()
    bearer, basic = Origin(peer.url, bearer_token="t0ken"), Origin(peer.url, user="node", password="secret-word")
    store(reports[:1], bearer, "1.2.3")
    store(reports[:1], basic)
    assert [asked.headers["Authorization"] for asked in peer.asked] == [
        "Bearer t0ken",
        "Basic bm9kZTpzZWNyZXQtd29yZA==",
    ]
    assert peer.asked[0].path == "/studies/1.2.3"
    assert "t0ken" not in repr(bearer)
    assert "secret-word" not in repr(basic)


@pytest.mark.parametrize("url", ["pacs:80", "ftp://pacs/", "http://", "http://user:word@pacs/", "http://pacs/?a=b"])
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(SendError, match="is written") as failure:
        Origin(url)
    assert failure.value.permanent


def _row(study: str, uid: str) -> dict[str, Any]:
    return {
        "00080016": {"vr": "UI", "Value": [SR]},
        "00080018": {"vr": "UI", "Value": [uid]},
        "0020000D": {"vr": "UI", "Value": [study]},
    }


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        (told(200, [_row("1.2", "1.2.3")]), Held("1.2.3", SR)),
        (told(200, [_row("1.2", "1.2.4"), _row("1.2", "1.2.3")]), Held("1.2.3", SR)),
        (told(200, [_row("1.2", "1.2.4")]), None),
        (told(200, [_row("9.9", "1.2.3")]), None),
        (told(200, []), None),
        (Told(204), None),
        (Told(404), None),
    ],
)
def test_only_an_answer_that_names_the_object_is_a_proof(answer: Told, found: Held | None, peer: WebPeer) -> None:
    peer.answer = lambda asked: answer
    peer.asked.clear()
    assert find_object(Origin(peer.url), "1.2", "1.2.3") == found
    (asked,) = peer.asked
    assert (asked.method, asked.path) == ("GET", "/studies/1.2/instances")
    assert asked.query == {"SOPInstanceUID": ["1.2.3"]}


@pytest.mark.parametrize(
    ("answer", "permanent"), [(Told(503), False), (Told(400), True), (Told(200, b"<xml/>", "text/xml"), False)]
)
def test_an_origin_that_cannot_be_asked_is_an_error(answer: Told, permanent: bool, peer: WebPeer) -> None:
    peer.answer = lambda asked: answer
    with pytest.raises(SendError) as failure:
        find_object(Origin(peer.url), "1.2", "1.2.3")
    assert failure.value.permanent is permanent


@pytest.mark.peer("Orthanc")
@pytest.mark.skipif(not PLUGIN.exists(), reason="orthanc-dicomweb is not installed: run `make system-packages`")
def test_orthanc_stores_over_stow_and_shows_it_over_qido(reports: list[Path], uids: list[str], tmp_path: Path) -> None:
    study = str(dcmread(reports[0]).StudyInstanceUID)
    with orthanc(tmp_path, plugins=[PLUGIN]) as pacs:
        origin = Origin(pacs.dicom_web_url)
        assert find_object(origin, study, uids[0]) is None
        assert [outcome.stored for outcome in store(reports, origin)] == [True, True]
        assert find_object(origin, study, uids[0]) == Held(uids[0], SR)
        assert find_object(origin, study, uids[1]) is None
        refused, stored = store(reports, origin, str(dcmread(reports[1]).StudyInstanceUID))
        assert (refused.stored, stored.stored) == (False, True)
        (kept,) = pacs.reports_of(study)
    assert dcmread(BytesIO(kept)) == dcmread(reports[0])
