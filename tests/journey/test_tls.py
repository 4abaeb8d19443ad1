"""Over TLS into a started node: who shows a certificate of the hospital is served to the end, nobody else is."""

from pathlib import Path

import pytest

from tests.certificates import Authority
from tests.journey import studies
from tests.journey.node import Node
from tests.journey.ports import LOOPBACK
from tests.journey.processes import run
from tests.journey.programs import path_of

pytestmark = pytest.mark.peer("storescu")


def _storescu(node: Node, files: tuple[Path, ...], *options: str | Path) -> tuple[int, str]:
    words: list[str | Path] = [path_of("storescu"), "-v", "-R", "-to", "10", "-aet", "STORESCU", "-aec", "MAMMONODE"]
    done = run([*words, *options, LOOPBACK, str(node.tls_port), *files], timeout_seconds=120)
    return done.returncode, done.stdout


def test_a_study_sent_over_tls_is_analysed_and_reported(node: Node, hospital: Authority, tmp_path: Path) -> None:
    study = studies.four_views(tmp_path, "over-tls")
    modality = hospital.sign("modality")
    code, said = _storescu(node, study.paths, "+tls", modality.key, modality.certificate, "+cf", hospital.path)
    assert code == 0, said
    found = node.wait_for_study(study.uid)
    assert len(found["images"]) == len(study.paths)
    assert found["reports"]


def test_who_shows_no_certificate_of_the_hospital_leaves_nothing(
    node: Node, hospital: Authority, tmp_path: Path
) -> None:
    study = studies.write([studies.image("strangers")], tmp_path, "strangers")
    stranger = Authority.make(tmp_path / "elsewhere", "elsewhere").sign("stranger")
    ways: dict[str, tuple[str | Path, ...]] = {
        "none": ("+tla", "+cf", hospital.path),
        "another's": ("+tls", stranger.key, stranger.certificate, "+cf", hospital.path),
        "no TLS": (),
    }
    let_in = [name for name, way in ways.items() if _storescu(node, study.paths, *way)[0] == 0]
    assert let_in == []
    assert node.study(study.uid) is None
    assert node.archived(study.sop_instance_uids[0]) is None
    assert "no TLS" in node.log_tail(200)
