"""PNG, JPEG and TIFF -> grey levels. Runs in the decoding process: Pillow and numpy, no web framework."""

import warnings
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from webapp.diagnosis.contents import JPEG
from webapp.diagnosis.errors import Refusal

PIXELS_LIMIT = 100_000_000
SHORTEST_SIDE = 64
_DEEP = ("I;16", "I;16L", "I;16B", "I;16N")
_SHALLOW = ("1", "L", "LA", "P", "PA", "RGB", "RGBA", "RGBX", "YCbCr", "La", "RGBa")
_COLOURED = ("P", "PA", "RGB", "RGBA", "RGBX", "YCbCr", "RGBa")
_PHOTOMETRIC = 262
_WHITE_IS_ZERO = 0
# chroma of a scan's noise and of JPEG stays below this
_COLOURLESS = 24


@dataclass(frozen=True, eq=False)
class Picture:
    """Grey levels ``(rows, columns)``, uint16, 0 black to 65535 white; and what a reader should know."""

    pixels: NDArray[np.uint16]
    warnings: tuple[str, ...]


def read_picture(file: BinaryIO, image_format: str) -> Picture:
    """Decode a picture of the given format.

    Raises
    ------
    Refusal
        If it is damaged, too large or too small, animated, or of a kind whose grey levels are not plain.
    """
    Image.MAX_IMAGE_PIXELS = PIXELS_LIMIT
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(file, formats=(image_format,)) as picture:
                _check(picture)
                upright = ImageOps.exif_transpose(picture)
                return Picture(_to_uint16(picture, upright), tuple(_notes(upright, image_format)))
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        raise too_large() from None
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, TypeError, LookupError, ArithmeticError):
        raise damaged() from None


def damaged() -> Refusal:
    """Return the refusal of what cannot be decoded."""
    return Refusal(400, "The image is damaged or incomplete. Please export it again and retry.")


def too_large() -> Refusal:
    """Return the refusal of what has too many pixels."""
    return Refusal(
        413, f"The image has more than {PIXELS_LIMIT:,} pixels. Please upload one mammogram at its own size."
    )


def _check(picture: Image.Image) -> None:
    width, height = picture.size
    if width * height > PIXELS_LIMIT:
        raise too_large()
    if min(width, height) < SHORTEST_SIDE:
        raise Refusal(
            422, f"The image is {width} x {height} pixels. Please upload the whole mammogram, not a thumbnail."
        )
    if getattr(picture, "n_frames", 1) > 1:
        raise Refusal(422, "The file holds several pictures. Please upload one view, as one picture.")
    if picture.mode == "CMYK":
        raise Refusal(422, "The picture is made for printing (CMYK). Please export it in grey levels.")
    if picture.mode not in (*_DEEP, *_SHALLOW) and not _is_deep_png(picture):
        raise Refusal(
            422, f"Pictures of kind {picture.mode} are not scored. Please export it with 8 or 16 bit a pixel."
        )


def _is_deep_png(picture: Image.Image) -> bool:
    return picture.mode == "I" and picture.format == "PNG"


def _to_uint16(picture: Image.Image, upright: Image.Image) -> NDArray[np.uint16]:
    if upright.mode.startswith("I"):
        deep: NDArray[np.uint16] = np.clip(np.asarray(upright), 0, 65535).astype(np.uint16)
        # Pillow turns 8-bit pictures whose white is zero, and leaves deep ones as they are
        tags = getattr(picture, "tag_v2", {})
        return np.uint16(65535) - deep if tags.get(_PHOTOMETRIC) == _WHITE_IS_ZERO else deep
    grey = np.asarray(upright.convert("L"), dtype=np.uint16)
    stretched: NDArray[np.uint16] = np.multiply(grey, np.uint16(257), dtype=np.uint16)
    return stretched


def _notes(picture: Image.Image, image_format: str) -> list[str]:
    notes = ["A plain picture carries no header: which breast and view it shows is not known from it."]
    if picture.mode in _COLOURED and _has_colour(picture):
        notes.append("The picture is in colour; it was turned to grey levels.")
    if image_format == JPEG:
        notes.append("JPEG loses detail; the original from the PACS (DICOM) is better.")
    return notes


def _has_colour(picture: Image.Image) -> bool:
    thin = picture.convert("RGB").resize((64, 64), Image.Resampling.NEAREST)
    return int(np.ptp(np.asarray(thin, np.int16), axis=2).max()) > _COLOURLESS
