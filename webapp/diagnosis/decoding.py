"""An uploaded file -> grey levels and what its header says. Runs in the decoding process, on bytes of strangers."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from dicom_node import convert, eligibility, geometry, part10
from dicom_node.errors import ConversionError, InvalidObject
from dicom_node.header import read_header
from webapp.diagnosis import contents
from webapp.diagnosis.errors import Refusal
from webapp.diagnosis.pictures import read_picture


@dataclass(frozen=True)
class DicomIdentity:
    """What the study's door must be told of a DICOM file."""

    sop_class_uid: str
    sop_instance_uid: str
    transfer_syntax_uid: str
    data_set_offset: int


@dataclass(frozen=True)
class Facts:
    """Everything about an upload but its pixels."""

    image_format: str
    rows: int
    columns: int
    pixel_aspect: float = 1.0
    laterality: str | None = None
    view: str | None = None
    flip_horizontal: bool = False
    flip_vertical: bool = False
    warnings: list[str] = field(default_factory=list)
    dicom: DicomIdentity | None = None


def decode(file: BinaryIO, path: Path) -> tuple[NDArray[np.uint16], Facts]:
    """Decode a file that is open, and also reachable by a path.

    Raises
    ------
    Refusal
        If it cannot be scored; the text says what to do.
    """
    image_format = contents.format_of(file)
    if image_format == contents.DICOM:
        return _decode_dicom(path)
    picture = read_picture(file, image_format)
    rows, columns = picture.pixels.shape
    return picture.pixels, Facts(image_format, rows, columns, warnings=list(picture.warnings))


def _decode_dicom(path: Path) -> tuple[NDArray[np.uint16], Facts]:
    try:
        with path.open("rb") as file:
            syntax, offset = part10.read_file_meta(file)
            header = read_header(file.fileno(), syntax, offset).dataset
        identity = geometry.identify_view(header)
        reason = eligibility.assess(header, identity)
        if reason is not None:
            raise Refusal(422, f"The image was not analysed: {reason.sentence}")
        grey = convert.convert(path)
        sop_class, sop_instance = str(header.get("SOPClassUID", "")), str(header.get("SOPInstanceUID", ""))
    except (ConversionError, InvalidObject) as error:
        raise Refusal(422, f"The image was not analysed: {str(error)[:400]}") from None
    rows, columns = grey.pixels.shape
    return grey.pixels, Facts(
        contents.DICOM,
        rows,
        columns,
        grey.pixel_aspect,
        identity.laterality,
        identity.view,
        identity.flip_horizontal,
        identity.flip_vertical,
        dicom=DicomIdentity(sop_class, sop_instance, syntax, offset),
    )
