"""Where a model says something is, in plain values: in the image's own pixels, never an invented place."""

import math
from dataclasses import dataclass

from dicom_node.errors import ReportError
from dicom_node.sr.checks import check_probability, check_uid


@dataclass(frozen=True)
class Mark:
    """One place in one image.

    Parameters
    ----------
    sop_instance_uid : str
        The image.
    column, row : float
        The centre, in pixels from the upper left corner of the upper left pixel (PS3.3 C.10.5.1.2).
    probability : float
        0..1.
    outline : tuple of (float, float)
        (column, row) corners in order, at least three; it is closed when drawn. Empty where unknown.
    """

    sop_instance_uid: str
    column: float
    row: float
    probability: float
    outline: tuple[tuple[float, float], ...] = ()

    def __post_init__(self) -> None:
        check_uid(self.sop_instance_uid)
        check_probability("probability of a mark", self.probability)
        if 0 < len(self.outline) < 3:
            raise ReportError("The outline of a mark needs at least three corners, or none.")
        for column, row in ((self.column, self.row), *self.outline):
            if not (math.isfinite(column) and math.isfinite(row)) or min(column, row) < 0:
                raise ReportError("A mark must lie inside its image.")

    def check_inside(self, rows: int, columns: int) -> None:
        """Raise ReportError unless centre and outline lie inside an image of this size."""
        for column, row in ((self.column, self.row), *self.outline):
            if column > columns or row > rows:
                raise ReportError(
                    f"A mark of image {self.sop_instance_uid} lies outside its {columns} x {rows} pixels."
                )
