"""What a key image shows: the mammogram, the heat map, the marks, and in strips above and below it the words.

The picture is area-averaged to at most 2048 pixels a side. Only the marker of side and view, and the marks, touch
it. Names of people never reach the pixels.
"""

from collections.abc import Sequence
from typing import Final, cast

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from pydicom.dataset import Dataset

from dicom_node.marks import Mark
from dicom_node.overlay import FLOOR, HeatMap, blend, colours, spread
from dicom_node.sr.content import ImageResult, ReportContent

BANNER: Final = "RESEARCH USE ONLY, NOT FOR DIAGNOSIS"
LONGEST_SIDE: Final = 2048
BANNER_HEIGHT: Final = 1 / 13
"""Height of the strip above the picture, as a share of the width."""

MARK_COLOUR: Final = (0, 230, 255)
"""Cyan: neither in the mammogram nor in the colour map."""

_YELLOW: Final = (255, 221, 87)
_WHITE: Final = (255, 255, 255)
_BLACK: Final = (0, 0, 0)

_Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


def render(
    content: ReportContent,
    result: ImageResult,
    image: Dataset,
    grey: NDArray[np.uint16] | NDArray[np.float32],
    heat: HeatMap | None = None,
    marks: Sequence[Mark] = (),
    *,
    pixel_aspect: float = 1.0,
) -> NDArray[np.uint8]:
    """Draw the key image of one result.

    Parameters
    ----------
    grey
        Shape ``(rows, columns)`` as `dicom_node.convert.convert` gives: uint16 or float 0..1, 0 = black.
    heat
        Where the network looked.
    marks
        All of this image, in its own pixels.
    pixel_aspect
        Row spacing divided by column spacing: the result has square pixels.

    Returns
    -------
    NDArray[np.uint8]
        Shape ``(rows, columns, 3)``, RGB, strips included.
    """
    rows, columns = grey.shape
    scale = min(1.0, LONGEST_SIDE / max(rows * pixel_aspect, columns))
    size = max(1, round(columns * scale)), max(1, round(rows * pixel_aspect * scale))
    small = cast("NDArray[np.uint16] | NDArray[np.float32]", cv2.resize(grey, size, interpolation=cv2.INTER_AREA))
    warm = np.zeros(small.shape, np.float32)
    if heat is not None:
        warm = cv2.resize(spread(heat, (rows, columns)), size, interpolation=cv2.INTER_AREA).astype(np.float32)
    picture = Image.fromarray(blend(small, warm))
    draw = ImageDraw.Draw(picture)
    for mark in marks:
        _draw_mark(draw, mark, size[0] / columns, size[1] / rows, size[0])
    _draw_marker(draw, size, result, at_right=_anterior_is_right(image, small))
    return _with_strips(picture, content, result, has_heat=heat is not None)


def _draw_mark(draw: ImageDraw.ImageDraw, mark: Mark, across: float, down: float, width: int) -> None:
    """Draw a line with a dark rim, so that it shows on dense tissue, and the mark's own probability beside it."""
    thick = max(2, round(width / 300))
    column, row = mark.column * across, mark.row * down
    corners = [(x * across, y * down) for x, y in mark.outline]
    radius = max(12.0, width / 24)
    for colour, more in ((_BLACK, 2), (MARK_COLOUR, 0)):
        if corners:
            draw.line([*corners, corners[0]], fill=colour, width=thick + more, joint="curve")
        else:
            box = (column - radius - more / 2, row - radius - more / 2)
            draw.ellipse((*box, 2 * column - box[0], 2 * row - box[1]), outline=colour, width=thick + more)
    right = max([x for x, _ in corners] or [column + radius]) + 2 * thick
    left = min([x for x, _ in corners] or [column - radius]) - 2 * thick
    text, font = f"{mark.probability * 100:.0f} %", ImageFont.load_default(max(10.0, width / 36))
    fits = right + font.getlength(text) < width
    where = (right if fits else left, row)
    draw.text(where, text, MARK_COLOUR, font, "lm" if fits else "rm", stroke_width=thick // 2, stroke_fill=_BLACK)


def _draw_marker(draw: ImageDraw.ImageDraw, size: tuple[int, int], result: ImageResult, *, at_right: bool) -> None:
    """Write side and view into the upper corner away from the chest wall."""
    text = f"{result.laterality or '?'} {result.view or '?'}"
    font = _fitting(text, size[0] * 0.25, size[0] / 14)
    margin = size[0] / 50
    where = (size[0] - margin if at_right else margin, margin)
    draw.text(where, text, _WHITE, font, "ra" if at_right else "la", stroke_width=2, stroke_fill=_BLACK)


def _anterior_is_right(image: Dataset, grey: NDArray[np.uint16] | NDArray[np.float32]) -> bool:
    orientation = list(image.get("PatientOrientation") or ())
    row = str(orientation[0]) if len(orientation) == 2 else ""
    if row[:1] in {"A", "P"}:
        return row[0] == "A"
    half = grey.shape[1] // 2
    return float(grey[:, :half].mean()) >= float(grey[:, half:].mean())


def _with_strips(
    picture: Image.Image, content: ReportContent, result: ImageResult, *, has_heat: bool
) -> NDArray[np.uint8]:
    width, height = picture.size
    algorithm, point = content.algorithm, content.operating_point
    lines = (
        f"AI probability {result.probability * 100:.1f} %: {result.label.value}",
        f"threshold {point.threshold * 100:.1f} % ({point.name})",
        f"{algorithm.name} {algorithm.version}",
    )
    above, step = round(width * BANNER_HEIGHT), round(width / 24)
    canvas = Image.new("RGB", (width, above + height + step * len(lines) + step // 2))
    canvas.paste(picture, (0, above))
    draw = ImageDraw.Draw(canvas)
    draw.text((width / 2, above / 2), BANNER, _YELLOW, _fitting(BANNER, width * 0.96, width / 16), "mm")
    for number, line in enumerate(lines):
        where = (width * 0.02, above + height + step * (number + 0.75))
        draw.text(where, line, _WHITE, _fitting(line, width * 0.58, width / 32), "lm")
    if has_heat:
        _draw_scale(canvas, draw, top=above + height + step // 3, step=step)
    return np.asarray(canvas, np.uint8)


def _draw_scale(canvas: Image.Image, draw: ImageDraw.ImageDraw, *, top: int, step: int) -> None:
    """Explain the colours, at the right of the lower strip."""
    left, right = round(canvas.width * 0.62), round(canvas.width * 0.98)
    values = np.tile(np.linspace(FLOOR, 1, right - left, dtype=np.float32), (max(1, step // 2), 1))
    canvas.paste(Image.fromarray(colours(values)), (left, top))
    font = ImageFont.load_default(max(1.0, canvas.width / 40))
    below = top + step * 1.1
    draw.text((left, below), f"{FLOOR:.1f}", _WHITE, font, "lm")
    draw.text((right, below), "1.0", _WHITE, font, "rm")
    legend = "Heat: where the network looked"
    draw.text((left, below + step), legend, _WHITE, _fitting(legend, right - left, canvas.width / 40), "lm")


def _fitting(text: str, width: float, size: float) -> _Font:
    font = ImageFont.load_default(size)
    length = font.getlength(text)
    return font if length <= width else ImageFont.load_default(max(1.0, size * width / length))
