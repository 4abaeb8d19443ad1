"""DCMTK sends in every transfer syntax it can: kept byte for byte, and analysed or refused in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pydicom
import pytest
from pydicom.dataset import FileDataset
from pydicom.uid import (
    HTJ2K,
    JPEG2000,
    UID,
    DigitalMammographyXRayImageStorageForPresentation,
    ExplicitVRLittleEndian,
    HTJ2KLossless,
    HTJ2KLosslessRPCL,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
)

from tests import synthetic
from tests.journey import dcmtk, studies
from tests.journey.node import Node
from tests.journey.sender import Answer, AssociationRefusedError, send

SYNTAXES = tuple(dcmtk.MADE_BY)
PYTHON_SYNTAXES = (JPEG2000Lossless, JPEG2000, HTJ2KLossless, HTJ2KLosslessRPCL, HTJ2K)

MG = DigitalMammographyXRayImageStorageForPresentation


def _names(syntax: UID) -> str:
    return syntax.name


@dataclass(frozen=True)
class Sent:
    """What one program sent in one transfer syntax, and how it ended."""

    path: Path
    sop_instance_uid: str
    study_uid: str
    succeeded: bool
    said: str


def _image(name: str, syntax: UID, number: int) -> FileDataset:
    # JPEG baseline holds eight bits, all the others hold what a mammography detector gives
    return studies.image(name, instance_number=number, bits_stored=8 if syntax == JPEGBaseline8Bit else 12)


def _encoded(name: str, syntaxes: Sequence[UID], folder: Path) -> dict[UID, tuple[Path, str]]:
    made = {}
    for number, syntax in enumerate(syntaxes, start=1):
        image = _image(name, syntax, number)
        source = synthetic.write(image, folder / f"{name}-{number}.dcm")
        target = dcmtk.encode(source, folder / f"{name}-{syntax}.dcm", syntax)
        # DCMTK gives lossily compressed images a new identity, as the standard asks
        made[syntax] = target, str(pydicom.dcmread(target, stop_before_pixels=True).SOPInstanceUID)
    return made


@pytest.fixture(scope="module")
def sent_by_storescu(node: Node, tmp_path_factory: pytest.TempPathFactory) -> dict[UID, Sent]:
    """One object a transfer syntax, each in an association that proposes nothing but this syntax."""
    folder = tmp_path_factory.mktemp("storescu")
    sent = {}
    for syntax, (path, uid) in _encoded("storescu", SYNTAXES, folder).items():
        profile = dcmtk.one_syntax_profile(folder, MG, syntax)
        outcome = dcmtk.storescu([path], node.dicom_port, profile)
        succeeded = outcome.code == 0 and outcome.statuses == (0x0000,)
        sent[syntax] = Sent(path, uid, _study("storescu"), succeeded, outcome.text)
    return sent


@pytest.fixture(scope="module")
def sent_by_dcmsend(node: Node, tmp_path_factory: pytest.TempPathFactory) -> dict[UID, Sent]:
    """All objects in one association, each in a presentation context of its own."""
    made = _encoded("dcmsend", SYNTAXES, tmp_path_factory.mktemp("dcmsend"))
    outcome = dcmtk.dcmsend([path for path, _ in made.values()], node.dicom_port)
    succeeded = outcome.code == 0 and set(outcome.statuses) == {0x0000}
    return {syntax: Sent(path, uid, _study("dcmsend"), succeeded, outcome.text) for syntax, (path, uid) in made.items()}


def _study(name: str) -> str:
    return str(studies.image(name).StudyInstanceUID)


def _syntax(path: Path) -> UID:
    return UID(pydicom.filereader.read_file_meta_info(path).TransferSyntaxUID)


def _assert_kept_and_judged(node: Node, sent: Sent) -> None:
    assert sent.succeeded, sent.said
    stored = node.archived(sent.sop_instance_uid)
    assert stored is not None, "acknowledged, but not in the archive"
    # dcmsend brings implicit VR into explicit VR where the peer takes both; nobody touches anything else
    expected = sent.path
    if _syntax(stored) == ExplicitVRLittleEndian and _syntax(sent.path) == ImplicitVRLittleEndian:
        expected = dcmtk.encode(sent.path, sent.path.with_suffix(".explicit.dcm"), ExplicitVRLittleEndian)
    assert _syntax(stored) == _syntax(expected)
    assert studies.data_set_bytes(stored) == studies.data_set_bytes(expected)
    study = node.wait_for_study(sent.study_uid, also=lambda found: len(found["images"]) == len(SYNTAXES))
    (image,) = [one for one in study["images"] if one["sop_instance_uid"] == sent.sop_instance_uid]
    assert (image["analysed"] and 0 <= image["probability"] <= 1) or image["reason"], image


@pytest.mark.peer("storescu", "dcmcjpeg", "dcmcjpls", "dcmcrle", "dcmconv")
@pytest.mark.parametrize("syntax", SYNTAXES, ids=_names)
def test_storescu_delivers_one_object_byte_for_byte(node: Node, sent_by_storescu: dict[UID, Sent], syntax: UID) -> None:
    _assert_kept_and_judged(node, sent_by_storescu[syntax])


@pytest.mark.peer("dcmsend", "dcmcjpeg", "dcmcjpls", "dcmcrle", "dcmconv")
@pytest.mark.parametrize("syntax", SYNTAXES, ids=_names)
def test_dcmsend_delivers_a_mixed_bag_byte_for_byte(node: Node, sent_by_dcmsend: dict[UID, Sent], syntax: UID) -> None:
    _assert_kept_and_judged(node, sent_by_dcmsend[syntax])


@pytest.fixture(scope="module")
def sent_wavelets(
    node: Node, tmp_path_factory: pytest.TempPathFactory
) -> dict[UID, tuple[studies.PhantomStudy, Answer]]:
    """One study a transfer syntax, sent one after the other and waited for together."""
    folder, sent = tmp_path_factory.mktemp("wavelets"), {}
    for syntax in PYTHON_SYNTAXES:
        name = f"wavelet-{syntax}"
        study = studies.write([studies.image(name, transfer_syntax=syntax)], folder, name)
        (answer,) = send(study.paths, node.dicom_port)
        sent[syntax] = study, answer
    return sent


@pytest.mark.parametrize("syntax", PYTHON_SYNTAXES, ids=_names)
def test_what_dcmtk_cannot_write_is_kept_and_judged_too(
    node: Node, sent_wavelets: dict[UID, tuple[studies.PhantomStudy, Answer]], syntax: UID
) -> None:
    study, answer = sent_wavelets[syntax]

    assert answer.is_acknowledged, answer
    stored = node.archived(answer.sop_instance_uid)
    assert stored is not None
    assert studies.data_set_bytes(stored) == studies.data_set_bytes(study.paths[0])
    (image,) = node.wait_for_study(study.uid)["images"]
    assert image["analysed"], image


@pytest.mark.peer("echoscu")
def test_echoscu_is_answered(node: Node) -> None:
    outcome = dcmtk.echoscu(node.dicom_port)
    assert outcome.code == 0, outcome.text


@pytest.mark.peer("echoscu")
def test_echoscu_with_a_wrong_called_ae_title_is_refused(node: Node) -> None:
    outcome = dcmtk.echoscu(node.dicom_port, called="SOMEBODY")
    assert outcome.code != 0
    assert "Called AE Title Not Recognized" in outcome.text


@pytest.mark.peer("echoscu")
def test_echoscu_with_an_unlisted_ae_title_is_refused(node: Node) -> None:
    outcome = dcmtk.echoscu(node.dicom_port, calling="STRANGER")
    assert outcome.code != 0
    assert "Calling AE Title Not Recognized" in outcome.text


def test_a_listed_ae_title_from_another_address_is_refused_and_stores_nothing(node: Node, tmp_path: Path) -> None:
    study = studies.write([studies.image("elsewhere")], tmp_path, "elsewhere")

    with pytest.raises(AssociationRefusedError) as refusal:
        send(study.paths, node.dicom_port, source_address="127.0.0.2")

    assert (refusal.value.result, refusal.value.source, refusal.value.reason) == (1, 1, 3)
    assert node.archived(study.sop_instance_uids[0]) is None
    assert node.study(study.uid) is None
