"""The receiving node and the programs of others."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    RLELossless,
)

from tests import synthetic
from tests.dicom_node.receiving import AE_TITLE, Receiver, data_set_of, mammogram, receiver


@pytest.fixture(params=[True, False], ids=["fast", "plain"])
def node(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Receiver]:
    with receiver(tmp_path / "archive", fast=request.param) as node:
        yield node


def run(*command: str | Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.peer("echoscu")
def test_echoscu_is_answered(node: Receiver) -> None:
    assert run("echoscu", "-aec", AE_TITLE, "127.0.0.1", str(node.port)).returncode == 0


@pytest.mark.peer("echoscu")
def test_echoscu_with_another_called_ae_title_is_rejected(node: Receiver) -> None:
    refused = run("echoscu", "-aec", "ANOTHER", "127.0.0.1", str(node.port))
    assert refused.returncode != 0
    assert "Called AE Title Not Recognized" in refused.stderr


@pytest.mark.peer("storescu")
def test_storescu_stores_every_byte(node: Receiver, tmp_path: Path) -> None:
    path = synthetic.write(mammogram(), tmp_path / "image.dcm")
    sent = run("storescu", "-R", "-aec", AE_TITLE, "127.0.0.1", str(node.port), path)
    assert sent.returncode == 0, sent.stderr
    assert data_set_of(node.stored[0].path) == data_set_of(path)


@pytest.mark.peer("dcmsend")
@pytest.mark.parametrize(
    "syntax",
    [
        ExplicitVRLittleEndian,
        DeflatedExplicitVRLittleEndian,
        RLELossless,
        JPEGLosslessSV1,
        JPEGLSLossless,
        JPEG2000Lossless,
    ],
)
def test_dcmsend_stores_what_it_does_not_decompress(node: Receiver, tmp_path: Path, syntax: str) -> None:
    path = synthetic.write(mammogram(), tmp_path / "image.dcm", syntax)
    sent = run("dcmsend", "-dn", "-aec", AE_TITLE, "127.0.0.1", str(node.port), path)
    assert sent.returncode == 0, sent.stderr
    (stored,) = node.stored
    assert stored.transfer_syntax_uid == syntax
    assert stored.header.PatientName == synthetic.PATIENT_NAME
