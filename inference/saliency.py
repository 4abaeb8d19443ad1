"""Where the network looked, in the original picture's pixels.

The network's own maps say for each cell of 16 x 16 tensor pixels whether a mass lies there and whether what
lies there is malignant; nothing has to be guessed from gradients.  How often the peak lies on a lesion is
measured in ``models/EVALUATION.md`` ("Localisation"). A peak becomes a mark only where the manifest states the score
from which on it may (:class:`inference.manifest.Marks`); else this is a heat map and no more.
"""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.errors import ViewError
from inference.preprocess import Placement, Prepared

MOST_MARKS: Final = 10
"""Most peaks of one picture that become marks; the rates of false marks are measured with this bound."""


@dataclass(frozen=True, eq=False)
class Peak:
    """A cell that stands out: its centre in the original picture and its two scores.

    Attributes
    ----------
    row, column
        Centre, continuous pixels of the original picture (edges at whole numbers).
    mass, malignant
        Scores 0..1, not calibrated.
    """

    row: float
    column: float
    mass: float
    malignant: float


def peaks(heat: NDArray[np.float32], view: Prepared, at_least: float = 0.1, most: int = 3) -> tuple[Peak, ...]:
    """Find the cells where the map of masses peaks.

    Parameters
    ----------
    heat
        ``(rows, columns, 2)``, float32, 0..1, of this view, from :meth:`inference.loader.LoadedModel.heat`.
    view
        The view that was scored.
    at_least, most
        Lowest mass score of a peak, and how many to give at most.

    Returns
    -------
    tuple
        Peaks by falling mass score; each is the largest of its 5 x 5 neighbourhood.

    Raises
    ------
    ViewError
        If the map does not fit the view's tensor.
    """
    mass = np.ascontiguousarray(heat[:, :, 0])
    cell = _cell(heat, view)
    largest = cv2.dilate(mass, np.ones((5, 5), np.uint8))
    rows, columns = np.nonzero((mass >= largest) & (mass >= at_least))
    order = np.argsort(-mass[rows, columns], kind="stable")[:most]
    found = []
    for index in order:
        row, column = int(rows[index]), int(columns[index])
        y, x = view.placement.to_image((row + 0.5) * cell[0], (column + 0.5) * cell[1])
        found.append(Peak(y, x, float(mass[row, column]), float(heat[row, column, 1])))
    return tuple(found)


def over_image(heat: NDArray[np.float32], view: Prepared, longest: int = 1024) -> NDArray[np.float32]:
    """Lay "a malignant mass lies here" over the original picture.

    Parameters
    ----------
    heat
        As for :func:`peaks`.
    view
        The view that was scored.
    longest
        Longest side of the result, pixels.

    Returns
    -------
    ndarray
        ``(rows, columns)``, float32, 0..1, in the original picture's own orientation and shape, scaled down to
        ``longest``; the product of the two maps, 0 where the picture was cropped away.
    """
    cell = _cell(heat, view)
    placement: Placement = view.placement
    scale = min(1.0, longest / max(placement.image_rows, placement.image_columns))
    rows = max(1, round(placement.image_rows * scale))
    columns = max(1, round(placement.image_columns * scale))
    one = placement.to_tensor(0.5 * placement.image_rows / rows, 0.5 * placement.image_columns / columns)
    two = placement.to_tensor(1.5 * placement.image_rows / rows, 1.5 * placement.image_columns / columns)
    y = (one[0] + np.arange(rows) * (two[0] - one[0])) / cell[0] - 0.5
    x = (one[1] + np.arange(columns) * (two[1] - one[1])) / cell[1] - 0.5
    grid_x, grid_y = np.meshgrid(x.astype(np.float32), y.astype(np.float32))
    product = np.ascontiguousarray(heat[:, :, 0] * heat[:, :, 1])
    laid = cv2.remap(product, grid_x, grid_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=0)
    return np.asarray(np.clip(laid, 0.0, 1.0), np.float32)


def _cell(heat: NDArray[np.float32], view: Prepared) -> tuple[float, float]:
    """Size of a cell in tensor pixels."""
    if heat.ndim != 3 or heat.shape[2] != 2:
        raise ViewError(f"A heat map of {heat.shape} is not one of two maps.")
    return view.tensor.shape[0] / heat.shape[0], view.tensor.shape[1] / heat.shape[1]
