"""The sound files that are damaged, and the damaged ones made of them."""

from dataclasses import dataclass
from pathlib import Path

from pydicom.uid import (
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRLittleEndian,
    HTJ2KLossless,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGLosslessSV1,
    JPEGLSLossless,
    RLELossless,
)

from tests.journey import mutations, studies

# name: transfer syntax and options of the phantom
_KINDS: dict[str, tuple[UID, dict[str, object]]] = {
    "explicit": (ExplicitVRLittleEndian, {}),
    "implicit": (ImplicitVRLittleEndian, {}),
    "deflated": (DeflatedExplicitVRLittleEndian, {}),
    "look-up table": (ExplicitVRLittleEndian, {"voi": "LUT", "bits_stored": 10}),
    "signed": (ExplicitVRLittleEndian, {"signed": True, "photometric": "MONOCHROME1", "voi": "SIGMOID"}),
    "eight bits": (ExplicitVRLittleEndian, {"bits_stored": 8}),
    "RLE": (RLELossless, {}),
    "JPEG baseline": (JPEGBaseline8Bit, {"bits_stored": 8}),
    "JPEG lossless": (JPEGLosslessSV1, {}),
    "JPEG-LS": (JPEGLSLossless, {}),
    "JPEG 2000": (JPEG2000Lossless, {}),
    "HTJ2K": (HTJ2KLossless, {}),
}


@dataclass(frozen=True)
class Sound:
    """A file without fault, and where things stand in it."""

    kind: str
    sop_class_uid: str
    sop_instance_uid: str
    transfer_syntax_uid: str
    content: bytes
    layout: mutations.Layout


@dataclass(frozen=True)
class Damaged:
    """A file with faults, and in words which."""

    sound: Sound
    content: bytes
    what: str


def sound_files(folder: Path, name: str, *, rows: int, columns: int) -> list[Sound]:
    """Make one file of each kind; all belong to the study that bears the name."""
    made = []
    for number, (kind, (syntax, options)) in enumerate(_KINDS.items(), start=1):
        image = studies.image(
            name,
            instance_number=number,
            rows=rows,
            columns=columns,
            transfer_syntax=syntax,
            **options,  # type: ignore[arg-type]
        )
        (path,) = studies.write([image], folder, f"{name}-{number}").paths
        content = path.read_bytes()
        layout = mutations.layout_of(
            content,
            explicit_vr=syntax != ImplicitVRLittleEndian,
            deflated=syntax == DeflatedExplicitVRLittleEndian,
        )
        made.append(Sound(kind, image.SOPClassUID, image.SOPInstanceUID, syntax, content, layout))
    return made


def damaged_file(sound: list[Sound], seed: int) -> Damaged:
    """Damage one of the files; the same seed does the same damage to the same file."""
    one = sound[seed % len(sound)]
    content, what = mutations.damage(one.content, one.layout, seed)
    return Damaged(one, content, f"{one.kind}: {what} (seed {seed})")
