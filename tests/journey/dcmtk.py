"""DCMTK's programs: an implementation of DICOM that shares no line with the node's."""

import contextlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pydicom
from pydicom.uid import (
    JPEG2000,
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    JPEGLSNearLossless,
    RLELossless,
)

from tests.journey.ports import LOOPBACK, free_port, is_open
from tests.journey.processes import ChildProcess, run
from tests.journey.programs import path_of

# the program and the options that bring an uncompressed file into the transfer syntax
MADE_BY: dict[UID, tuple[str, ...]] = {
    ImplicitVRLittleEndian: ("dcmconv", "+ti"),
    ExplicitVRLittleEndian: ("dcmconv", "+te"),
    DeflatedExplicitVRLittleEndian: ("dcmconv", "+td"),
    RLELossless: ("dcmcrle",),
    JPEGBaseline8Bit: ("dcmcjpeg", "+eb"),
    JPEGExtended12Bit: ("dcmcjpeg", "+ee"),
    JPEGLossless: ("dcmcjpeg", "+el"),
    JPEGLosslessSV1: ("dcmcjpeg", "+e1"),
    JPEGLSLossless: ("dcmcjpls", "+el"),
    JPEGLSNearLossless: ("dcmcjpls", "+en"),
}

# DCMTK 3.6.7 sends these as they are, but cannot make them
SENT_ONLY: tuple[UID, ...] = (JPEG2000Lossless, JPEG2000)


@dataclass(frozen=True)
class Outcome:
    """What a DCMTK program said, and how it ended."""

    code: int
    text: str

    @property
    def statuses(self) -> tuple[int, ...]:
        """The DIMSE statuses of the answers, in order (from the debug output)."""
        return tuple(int(found, 16) for found in re.findall(r"DIMSE Status\s*: 0x([0-9a-f]{4})", self.text))


def encode(source: Path, target: Path, transfer_syntax: UID) -> Path:
    """Write the file in another transfer syntax with DCMTK's own coder; keep its SOP Instance UID."""
    program, *options = MADE_BY[transfer_syntax]
    keep_uid = ["+un"] if program in {"dcmcjpeg", "dcmcjpls"} else []
    done = run([path_of(program), *options, *keep_uid, source, target])
    assert done.returncode == 0, done.stdout
    assert pydicom.dcmread(target, stop_before_pixels=True).file_meta.TransferSyntaxUID == transfer_syntax
    return target


def echoscu(port: int, *, calling: str = "ECHOSCU", called: str = "MAMMONODE") -> Outcome:
    done = run([path_of("echoscu"), "-v", "-aet", calling, "-aec", called, LOOPBACK, str(port)])
    return Outcome(done.returncode, done.stdout)


def storescu(
    files: Sequence[Path], port: int, profile: Path, *, calling: str = "STORESCU", called: str = "MAMMONODE"
) -> Outcome:
    """Send files as they are: the profile proposes exactly their own transfer syntax."""
    words: list[str | Path] = [path_of("storescu"), "-d", "-aet", calling, "-aec", called]
    done = run([*words, "-xf", profile, "Journey", LOOPBACK, str(port), *files], timeout_seconds=120)
    return Outcome(done.returncode, done.stdout)


def dcmsend(files: Sequence[Path], port: int, *, calling: str = "DCMSEND", called: str = "MAMMONODE") -> Outcome:
    """Send files without decompressing them first, which is what dcmsend does unless told."""
    words: list[str | Path] = [path_of("dcmsend"), "-d", "-dn", "-aet", calling, "-aec", called]
    done = run([*words, LOOPBACK, str(port), *files], timeout_seconds=120)
    return Outcome(done.returncode, done.stdout)


def one_syntax_profile(folder: Path, sop_class_uid: str, transfer_syntax: UID) -> Path:
    """Write an association profile with one presentation context: one SOP class in one transfer syntax."""
    profile = folder / f"profile-{transfer_syntax}.cfg"
    profile.write_text(
        f"[[TransferSyntaxes]]\n[Syntax]\nTransferSyntax1 = {transfer_syntax}\n"
        f"[[PresentationContexts]]\n[Contexts]\nPresentationContext1 = {sop_class_uid}\\Syntax\n"
        "[[Profiles]]\n[Journey]\nPresentationContexts = Contexts\n",
        encoding="ascii",
    )
    return profile


@dataclass(frozen=True)
class StoreScp:
    """A running storescp and the folder in which it puts what it receives."""

    ae_title: str
    port: int
    folder: Path

    @property
    def destination(self) -> str:
        return f"{self.ae_title}@{LOOPBACK}:{self.port}"

    def files(self) -> list[Path]:
        return sorted(path for path in self.folder.iterdir() if path.is_file())


@contextlib.contextmanager
def storescp(folder: Path, *, ae_title: str = "STORESCP", options: Sequence[str | Path] = ()) -> Iterator[StoreScp]:
    """Start DCMTK's receiver on a free port; `options` are its own, for TLS."""
    received = folder / "received"
    received.mkdir()
    port = free_port()
    command: list[str | Path] = [
        path_of("storescp"),
        "-v",
        "-aet",
        ae_title,
        "-od",
        received,
        "+xa",
        *options,
        str(port),
    ]
    with ChildProcess("storescp", command, folder / "storescp.log", folder=folder) as process:
        process.wait_for(lambda: is_open(port), 20, "listening")
        yield StoreScp(ae_title, port, received)
