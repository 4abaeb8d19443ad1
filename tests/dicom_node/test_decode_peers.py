"""DCMTK as an independent witness: what it encodes we decode alike, and what we encode it decodes alike."""

import subprocess
from pathlib import Path

import numpy as np
import pytest
from pydicom import dcmread
from pydicom.dataset import FileDataset
from pydicom.uid import (
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    JPEGLSNearLossless,
    RLELossless,
)

from dicom_node.decode import decode
from tests.synthetic import breast_phantom, make_mg, write

ROWS, COLUMNS = 200, 150


def image(bits: int) -> FileDataset:
    return make_mg(rows=ROWS, columns=COLUMNS, bits_stored=bits, voi=None)


def run(*arguments: object) -> None:
    done = subprocess.run([str(argument) for argument in arguments], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def decoded_by_dcmtk(program: str, path: Path) -> "np.ndarray[tuple[int, ...], np.dtype[np.int64]]":
    plain = path.with_suffix(".plain.dcm")
    run(program, path, plain)
    ds = dcmread(plain)
    kind = "<u1" if ds.BitsAllocated == 8 else "<u2"
    return np.frombuffer(ds.PixelData, kind, ds.Rows * ds.Columns).reshape(ds.Rows, ds.Columns).astype(np.int64)


ENCODERS = [
    pytest.param(["dcmcrle"], RLELossless, 12, marks=pytest.mark.peer("dcmcrle")),
    pytest.param(["dcmcrle"], RLELossless, 8, marks=pytest.mark.peer("dcmcrle")),
    pytest.param(["dcmcjpls"], JPEGLSLossless, 12, marks=pytest.mark.peer("dcmcjpls")),
    pytest.param(["dcmcjpls"], JPEGLSLossless, 16, marks=pytest.mark.peer("dcmcjpls")),
    *(
        pytest.param(
            ["dcmcjpeg", "+el", "+sv", str(selection)],
            JPEGLossless,
            bits,
            marks=pytest.mark.peer("dcmcjpeg"),
        )
        for selection in range(1, 8)
        for bits in (8, 12)
    ),
    pytest.param(["dcmcjpeg", "+e1"], JPEGLosslessSV1, 16, marks=pytest.mark.peer("dcmcjpeg")),
    pytest.param(["dcmcjpeg", "+e1"], JPEGLosslessSV1, 10, marks=pytest.mark.peer("dcmcjpeg")),
]


@pytest.mark.parametrize(("command", "transfer_syntax", "bits"), ENCODERS)
def test_what_dcmtk_encodes_without_loss_is_decoded_to_the_level(
    tmp_path: Path, command: list[str], transfer_syntax: str, bits: int
) -> None:
    encoded = tmp_path / "encoded.dcm"
    run(*command, write(image(bits), tmp_path / "image.dcm"), encoded)

    assert dcmread(encoded, stop_before_pixels=True).file_meta.TransferSyntaxUID == transfer_syntax
    assert np.array_equal(decode(encoded).values(), breast_phantom(rows=ROWS, columns=COLUMNS, bits=bits))


LOSSY = [
    pytest.param("dcmdjpeg", ["dcmcjpeg", "+eb", "+q", "90"], 8, marks=pytest.mark.peer("dcmcjpeg", "dcmdjpeg")),
    pytest.param("dcmdjpeg", ["dcmcjpeg", "+ee", "+q", "90"], 12, marks=pytest.mark.peer("dcmcjpeg", "dcmdjpeg")),
    pytest.param("dcmdjpls", ["dcmcjpls", "+en", "+md", "3"], 12, marks=pytest.mark.peer("dcmcjpls", "dcmdjpls")),
]


@pytest.mark.parametrize(("decoder", "command", "bits"), LOSSY)
def test_what_dcmtk_encodes_with_loss_is_decoded_as_dcmtk_does(
    tmp_path: Path, decoder: str, command: list[str], bits: int
) -> None:
    encoded = tmp_path / "encoded.dcm"
    run(*command, write(image(bits), tmp_path / "image.dcm"), encoded)

    assert np.array_equal(decode(encoded).values(), decoded_by_dcmtk(decoder, encoded))


OURS = [
    pytest.param("dcmdrle", RLELossless, 12, marks=pytest.mark.peer("dcmdrle")),
    pytest.param("dcmdjpeg", JPEGLossless, 12, marks=pytest.mark.peer("dcmdjpeg")),
    pytest.param("dcmdjpeg", JPEGLosslessSV1, 16, marks=pytest.mark.peer("dcmdjpeg")),
    pytest.param("dcmdjpeg", JPEGBaseline8Bit, 8, marks=pytest.mark.peer("dcmdjpeg")),
    pytest.param("dcmdjpeg", JPEGExtended12Bit, 12, marks=pytest.mark.peer("dcmdjpeg")),
    pytest.param("dcmdjpls", JPEGLSLossless, 14, marks=pytest.mark.peer("dcmdjpls")),
    pytest.param("dcmdjpls", JPEGLSNearLossless, 12, marks=pytest.mark.peer("dcmdjpls")),
]


@pytest.mark.parametrize(("decoder", "transfer_syntax", "bits"), OURS)
def test_dcmtk_and_we_decode_the_same_values(tmp_path: Path, decoder: str, transfer_syntax: str, bits: int) -> None:
    path = write(image(bits), tmp_path / "image.dcm", transfer_syntax)

    assert np.array_equal(decode(path).values(), decoded_by_dcmtk(decoder, path))
