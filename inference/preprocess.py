"""Grey levels to model tensor: the one function that training and serving share.

The order is chosen for speed: the breast is found on a thinned picture, the full picture is cropped as
a view (no copy), shrunk once with area averaging while still 16 bit, and only the small result becomes
float.  A full-size float array never exists.

The steps, in the order applied:

1. a mask of the breast on every n-th pixel (about 400 samples along the longer side);
2. a crop of the mask's box with a margin;
3. an area-averaged resize into the canvas with the picture's true aspect (letterbox);
4. flips to the normal form, chest wall on the left;
5. everything outside the (dilated) breast mask set to black, which removes labels and film borders;
6. grey levels stretched between the breast's own 1st and 99.5th percentile, clipped to 0..1.
"""

import time
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.contract import InputSpec, View
from inference.errors import ViewError

PREPROCESSING_VERSION: Final = "1"

_SAMPLES: Final = 400
"""Samples along the longer side of the thinned picture; every 8th pixel of a 3328-row image."""
_MARGIN: Final = 0.02
"""Margin around the breast's box, as a share of its longer side."""
_LOW_PERCENTILE: Final = 1.0
_HIGH_PERCENTILE: Final = 99.5
_MIN_ASPECT: Final = 0.1
_MAX_ASPECT: Final = 10.0


@dataclass(frozen=True)
class Placement:
    """Where the picture lies in the tensor: the exact way there and back.

    Coordinates are continuous with pixel edges at whole numbers, so the centre of pixel ``(r, c)`` is
    ``(r + 0.5, c + 0.5)``, as DICOM counts for SCOORD (PS3.3 C.18.6.1.2).

    Attributes
    ----------
    image_rows, image_columns
        Size of the original picture.
    top, left, rows, columns
        The crop in the original picture, pixels.
    tensor_top, tensor_left, tensor_rows, tensor_columns
        The area of the tensor that the crop fills, pixels.
    flip_horizontal, flip_vertical
        Whether the crop was mirrored on its way into the tensor.
    """

    image_rows: int
    image_columns: int
    top: int
    left: int
    rows: int
    columns: int
    tensor_top: int
    tensor_left: int
    tensor_rows: int
    tensor_columns: int
    flip_horizontal: bool
    flip_vertical: bool

    def to_image(self, row: float, column: float) -> tuple[float, float]:
        """Map a tensor point to the original picture.

        Parameters
        ----------
        row, column
            Continuous tensor coordinates, pixels.

        Returns
        -------
        tuple
            ``(row, column)`` in the original picture, pixels; outside it when the point was padding.
        """
        u = (row - self.tensor_top) / self.tensor_rows
        v = (column - self.tensor_left) / self.tensor_columns
        u = 1.0 - u if self.flip_vertical else u
        v = 1.0 - v if self.flip_horizontal else v
        return self.top + u * self.rows, self.left + v * self.columns

    def to_tensor(self, row: float, column: float) -> tuple[float, float]:
        """Map a point of the original picture to the tensor; the inverse of :meth:`to_image`.

        Parameters
        ----------
        row, column
            Continuous image coordinates, pixels.

        Returns
        -------
        tuple
            ``(row, column)`` in the tensor, pixels; outside it when the point was cropped away.
        """
        u = (row - self.top) / self.rows
        v = (column - self.left) / self.columns
        u = 1.0 - u if self.flip_vertical else u
        v = 1.0 - v if self.flip_horizontal else v
        return self.tensor_top + u * self.tensor_rows, self.tensor_left + v * self.tensor_columns


@dataclass(frozen=True, eq=False)
class Prepared:
    """A view ready for the network.

    Attributes
    ----------
    tensor
        ``(height, width, channels)``, float32, 0..1.
    placement
        The way back to the original picture.
    breast_found
        False when no breast could be told from the background (flat, black or full-frame pictures).
    preprocess_ms
        Wall-clock milliseconds this took.
    """

    key: str
    laterality: str | None
    view: str | None
    tensor: NDArray[np.float32]
    placement: Placement
    breast_found: bool
    preprocess_ms: float


@dataclass(frozen=True, eq=False)
class _Breast:
    """The breast on the thinned picture: its mask (uint8, 0 or 1) and its box in full-size pixels."""

    mask: NDArray[np.uint8]
    top: int
    left: int
    bottom: int
    right: int
    chest_wall_right: bool | None


def to_tensor(view: View, spec: InputSpec) -> Prepared:
    """Turn one view into the network's tensor.

    Parameters
    ----------
    view
        Grey levels as presented, uint16, ``(rows, columns)``.
    spec
        The tensor the model takes.

    Returns
    -------
    Prepared
        The tensor and the way back.

    Raises
    ------
    ViewError
        If the pixels are no two-dimensional uint16 array, if there are none, or if the pixel aspect is
        not a number between 0.1 and 10.

    Notes
    -----
    The side of the chest wall is read from the picture itself, because films are often scanned mirrored;
    ``view.flip_horizontal`` decides only where the picture does not.  Up and down is never guessed.
    """
    started = time.perf_counter()
    _check(view, spec)
    breast = _find_breast(view.pixels)
    flip_horizontal = view.flip_horizontal
    if breast is not None and breast.chest_wall_right is not None:
        flip_horizontal = breast.chest_wall_right
    placement = _place(view, spec, breast, flip_horizontal)
    picture = _shrink(view.pixels, placement)
    mask = None if breast is None else _shrink_mask(breast.mask, placement)
    filled = _stretch(picture, mask)
    if placement.flip_horizontal:
        filled = filled[:, ::-1]
    if placement.flip_vertical:
        filled = filled[::-1]
    tensor = np.zeros(spec.shape, np.float32)
    rows = slice(placement.tensor_top, placement.tensor_top + placement.tensor_rows)
    columns = slice(placement.tensor_left, placement.tensor_left + placement.tensor_columns)
    tensor[rows, columns] = filled[:, :, None]
    elapsed_ms = (time.perf_counter() - started) * 1000.0
    return Prepared(view.key, view.laterality, view.view, tensor, placement, breast is not None, elapsed_ms)


def _check(view: View, spec: InputSpec) -> None:
    if view.pixels.dtype != np.uint16 or view.pixels.ndim != 2:
        raise ViewError(
            f"A view must be a two-dimensional uint16 picture, not {view.pixels.ndim}-dimensional {view.pixels.dtype}."
        )
    if view.pixels.size == 0:
        raise ViewError("A view without pixels cannot be prepared.")
    if not _MIN_ASPECT <= view.pixel_aspect <= _MAX_ASPECT:
        raise ViewError(f"A pixel aspect of {view.pixel_aspect} is not between {_MIN_ASPECT} and {_MAX_ASPECT}.")
    if spec.preprocessing_version != PREPROCESSING_VERSION:
        raise ViewError(
            f"The model wants preprocessing version {spec.preprocessing_version}, "
            f"this program has version {PREPROCESSING_VERSION}."
        )


def _find_breast(pixels: NDArray[np.uint16]) -> _Breast | None:
    """Find the largest bright region that is no thin border, on a thinned picture; None if there is none."""
    step = max(1, round(max(pixels.shape) / _SAMPLES))
    thin = cv2.blur((pixels[::step, ::step] >> 8).astype(np.uint8), (3, 3))
    if thin.min() == thin.max():
        return None
    otsu, _ = cv2.threshold(thin, 0, 1, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    dark = float(np.percentile(thin[thin <= otsu], 25))
    level = dark + 0.35 * (otsu - dark)
    bright = np.asarray(thin > level, np.uint8)
    edge = max(1, round(0.012 * max(thin.shape)))
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * edge + 1, 2 * edge + 1))
    # Opening with the outside counted as dark cuts the bright film borders off the breast.
    padded = cv2.copyMakeBorder(bright, edge, edge, edge, edge, cv2.BORDER_CONSTANT, value=0)
    opened = cv2.morphologyEx(padded, cv2.MORPH_OPEN, kernel)[edge:-edge, edge:-edge]
    count, labels, stats, _ = cv2.connectedComponentsWithStats(opened, connectivity=4)
    if count < 2:
        return None
    chosen = 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA]))
    if stats[chosen, cv2.CC_STAT_AREA] < 0.02 * thin.size:
        return None
    mask = np.asarray(labels == chosen, np.uint8)
    return _measure(mask, stats[chosen], step, pixels.shape)


def _measure(mask: NDArray[np.uint8], stats: NDArray[np.int32], step: int, shape: tuple[int, ...]) -> _Breast:
    """Fill and widen the mask, give its box with a margin in full-size pixels, and tell the chest wall."""
    left, top, width, height = (int(stats[i]) for i in range(4))
    profile = mask[top : top + height, left : left + width].sum(axis=0, dtype=np.int64)
    centre = float(profile @ (np.arange(width) + 0.5)) / (float(profile.sum()) * width)
    chest_wall_right = None if abs(centre - 0.5) < 0.02 else centre > 0.5
    margin = max(1, round(_MARGIN * max(height, width)))
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * margin + 1, 2 * margin + 1))
    widened = np.asarray(cv2.dilate(mask, kernel), np.uint8)
    contours, _ = cv2.findContours(widened, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    cv2.drawContours(widened, contours, -1, 1, cv2.FILLED)
    return _Breast(
        mask=widened,
        top=max(0, top - margin) * step,
        left=max(0, left - margin) * step,
        bottom=min(shape[0], (top + height + margin) * step),
        right=min(shape[1], (left + width + margin) * step),
        chest_wall_right=chest_wall_right,
    )


def _place(view: View, spec: InputSpec, breast: _Breast | None, flip_horizontal: bool) -> Placement:
    """Fit the crop into the canvas with its true aspect: chest wall at the left edge, centred vertically."""
    image_rows, image_columns = view.pixels.shape
    top, left, bottom, right = 0, 0, image_rows, image_columns
    if breast is not None:
        top, left, bottom, right = breast.top, breast.left, breast.bottom, breast.right
    rows, columns = bottom - top, right - left
    scale = min(spec.height / (rows * view.pixel_aspect), spec.width / columns)
    tensor_rows = min(spec.height, max(1, round(rows * view.pixel_aspect * scale)))
    tensor_columns = min(spec.width, max(1, round(columns * scale)))
    return Placement(
        image_rows=image_rows,
        image_columns=image_columns,
        top=top,
        left=left,
        rows=rows,
        columns=columns,
        tensor_top=(spec.height - tensor_rows) // 2,
        tensor_left=0,
        tensor_rows=tensor_rows,
        tensor_columns=tensor_columns,
        flip_horizontal=flip_horizontal,
        flip_vertical=view.flip_vertical,
    )


def _shrink(pixels: NDArray[np.uint16], placement: Placement) -> NDArray[np.uint16]:
    crop = pixels[placement.top : placement.top + placement.rows, placement.left : placement.left + placement.columns]
    size = (placement.tensor_columns, placement.tensor_rows)
    return np.asarray(cv2.resize(crop, size, interpolation=cv2.INTER_AREA), np.uint16)


def _shrink_mask(mask: NDArray[np.uint8], placement: Placement) -> NDArray[np.bool_]:
    """Sample the thinned mask at the centres of the tensor's pixels."""
    step_rows = mask.shape[0] / placement.image_rows
    step_columns = mask.shape[1] / placement.image_columns
    rows = placement.top + (np.arange(placement.tensor_rows) + 0.5) * placement.rows / placement.tensor_rows
    columns = placement.left + (
        (np.arange(placement.tensor_columns) + 0.5) * placement.columns / placement.tensor_columns
    )
    row_index = np.minimum((rows * step_rows).astype(np.intp), mask.shape[0] - 1)
    column_index = np.minimum((columns * step_columns).astype(np.intp), mask.shape[1] - 1)
    return np.asarray(mask[row_index[:, None], column_index[None, :]] > 0)


def _stretch(picture: NDArray[np.uint16], mask: NDArray[np.bool_] | None) -> NDArray[np.float32]:
    """Stretch between the breast's own percentiles to 0..1; a flat picture becomes black."""
    inside = picture.ravel() if mask is None else picture[mask]
    if inside.size == 0:
        return np.zeros(picture.shape, np.float32)
    low, high = np.percentile(inside[::4] if inside.size > 4096 else inside, [_LOW_PERCENTILE, _HIGH_PERCENTILE])
    if high - low < 1.0:
        return np.zeros(picture.shape, np.float32)
    result = picture.astype(np.float32)
    result -= np.float32(low)
    result *= np.float32(1.0 / (high - low))
    np.clip(result, 0.0, 1.0, out=result)
    if mask is not None:
        result *= mask
    return result
