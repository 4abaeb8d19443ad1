"""What an upload must be: told by its content, never by its name or by what the client calls it."""

import io
import warnings
from http import HTTPStatus

import numpy as np
from django.core.files.uploadedfile import UploadedFile
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from webapp.problems import Problem

_PIXELS_LIMIT = 100_000_000
_SHORTEST_SIDE = 64
_PICTURE_FORMATS = ("PNG", "JPEG")


def is_dicom(head: bytes) -> bool:
    """Tell a DICOM Part 10 file by its prefix."""
    return head[128:132] == b"DICM"


def grey_levels(upload: UploadedFile[bytes]) -> tuple[NDArray[np.uint16], str]:
    """Decode a PNG or JPEG to grey levels, 0 black to 65535 white, with the name of its format."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(upload, formats=_PICTURE_FORMATS) as picture:
                _check(picture)
                return _to_uint16(picture), str(picture.format)
    except UnidentifiedImageError:
        raise Problem(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            "The file is no PNG, JPEG or DICOM image. Please export the mammogram in one of these formats.",
        ) from None
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        raise Problem(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"The image has more than {_PIXELS_LIMIT:,} pixels."
        ) from None
    except (OSError, SyntaxError, ValueError):
        raise Problem(
            HTTPStatus.BAD_REQUEST, "The image is damaged or incomplete. Please export it again and retry."
        ) from None


def _check(picture: Image.Image) -> None:
    width, height = picture.size
    if width * height > _PIXELS_LIMIT:
        raise Problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"The image has more than {_PIXELS_LIMIT:,} pixels.")
    if min(width, height) < _SHORTEST_SIDE:
        raise Problem(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            f"The image is {width} x {height} pixels. Please upload the whole mammogram, not a thumbnail.",
        )
    if getattr(picture, "n_frames", 1) > 1:
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "The file holds several pictures. Please upload one view.")


def _to_uint16(picture: Image.Image) -> NDArray[np.uint16]:
    if picture.mode.startswith("I"):
        deep = np.asarray(picture)
        clipped: NDArray[np.uint16] = np.clip(deep, 0, 65535).astype(np.uint16)
        return clipped
    grey = np.asarray(picture.convert("L"), dtype=np.uint16)
    stretched: NDArray[np.uint16] = np.multiply(grey, np.uint16(257), dtype=np.uint16)
    return stretched


def head_of(upload: UploadedFile[bytes]) -> bytes:
    """Return the first bytes and go back to the start."""
    head: bytes = upload.read(132)
    upload.seek(0, io.SEEK_SET)
    return head
