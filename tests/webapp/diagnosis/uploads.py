"""Files to upload: sound ones, and those of the list of bad input."""

import io
import struct
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from numpy.typing import NDArray
from PIL import Image
from pydicom.dataset import FileDataset

from tests import synthetic
from tests.phantoms import breast_phantom


def phantom(rows: int = 700, columns: int = 500, seed: int = 1) -> NDArray[np.uint8]:
    return breast_phantom(laterality="R", view="CC", rows=rows, columns=columns, bits=8, seed=seed).astype(np.uint8)


def encoded(image_format: str, pixels: NDArray[Any] | None = None, **options: Any) -> bytes:
    with io.BytesIO() as stream:
        Image.fromarray(phantom() if pixels is None else pixels).save(stream, image_format, **options)
        return stream.getvalue()


def dicom(folder: Path, **options: Any) -> bytes:
    return part10(synthetic.make_mg(seed=5, **options), folder)


def part10(ds: FileDataset, folder: Path) -> bytes:
    path = folder / "view.dcm"
    ds.save_as(path, enforce_file_format=True)
    return path.read_bytes()


def post(client: Client, content: bytes, *, path: str = "/api/diagnosis/", **fields: str) -> Any:
    headers = {name: fields.pop(name) for name in tuple(fields) if name.startswith("HTTP_")}
    return client.post(path, {"image": SimpleUploadedFile("x", content), **fields}, **headers)  # type: ignore[arg-type]


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_header(columns: int, rows: int) -> bytes:
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", columns, rows, 8, 0, 0, 0, 0))


def huge_header() -> bytes:
    return png_header(50_000, 50_000) + chunk(b"IDAT", zlib.compress(bytes(64))) + chunk(b"IEND", b"")


def png_bomb() -> bytes:
    """Ten thousand by ten thousand pixels, and some gigabytes of zeros behind them, in few bytes."""
    packer = zlib.compressobj(9)
    packed = b"".join(packer.compress(bytes(1 << 24)) for _ in range(64)) + packer.flush()
    return png_header(9_999, 9_999) + chunk(b"zTXt", b"Comment\0\0" + packed) + chunk(b"IDAT", packed[:1000])


def archive() -> bytes:
    with io.BytesIO() as stream:
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as packed:
            packed.writestr("view.png", bytes(1 << 24))
        return stream.getvalue()


def animated() -> bytes:
    frames = [Image.fromarray(phantom(seed=seed)) for seed in (1, 2)]
    with io.BytesIO() as stream:
        frames[0].save(stream, "PNG", save_all=True, append_images=frames[1:])
        return stream.getvalue()


def several_pages() -> bytes:
    pages = [Image.fromarray(phantom(seed=seed)) for seed in (1, 2)]
    with io.BytesIO() as stream:
        pages[0].save(stream, "TIFF", save_all=True, append_images=pages[1:])
        return stream.getvalue()


def cmyk() -> bytes:
    with io.BytesIO() as stream:
        Image.fromarray(phantom()).convert("CMYK").save(stream, "JPEG")
        return stream.getvalue()


def with_signed_header(preamble: bytes, content: bytes) -> bytes:
    """Return the DICOM file with something else in the preamble that readers pass over."""
    return preamble.ljust(128, b"\0") + content[128:]
