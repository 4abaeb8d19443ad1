"""A place in an image that the algorithm marks, in plain frozen values that check themselves.

A finding exists only where a model really localises: it is never made from a score alone.
"""

import math
import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum

from dicom_node.errors import ReportError
from dicom_node.sr.checks import check_probability, check_short_text, check_uid

Point = tuple[float, float]
"""Column, then row. See `Finding` for where they are counted from."""

_LEAST_OUTLINE = 4  # a triangle whose first point is repeated as its last


class FindingKind(Enum):
    """What a finding looks like to the algorithm."""

    MASS = "mass"


@dataclass(frozen=True)
class Finding:
    """One marked place of one image.

    Coordinates are those of a SCOORD content item: (column, row) in pixels of the stored image, fractions
    allowed, counted from the outer corner of the top left pixel. (0, 0) is that corner, (0.5, 0.5) the middle of
    the top left pixel, (Columns, Rows) the outer corner of the bottom right one. So the middle of the pixel with
    the array index [r, c] is (c + 0.5, r + 0.5).

    All numbers are brought to single precision (float32), which is what Graphic Data holds and what survives
    percent and back without loss.

    Parameters
    ----------
    sop_instance_uid : str
        The image.
    centre : tuple of float
        Column and row, in pixels.
    probability : float
        Of cancer, 0..1.
    certainty : float
        That there is something of this kind at all, 0..1.
    identifier : str
        Names the finding within the report; 1 to 64 characters.
    outline : tuple of tuple of float, optional
        Columns and rows, in pixels; closed: the last point is the first one again. Empty where the algorithm
        gives none.
    kind : FindingKind
    composite : str, optional
        The same for all findings that show one feature in several views of a breast; 1 to 64 characters.

    Raises
    ------
    ReportError
        If a value breaks these rules.

    References
    ----------
    DICOM PS3.3 C.18.6.1 (Spatial Coordinates Macro).
    """

    sop_instance_uid: str
    centre: Point
    probability: float
    certainty: float
    identifier: str
    outline: tuple[Point, ...] = ()
    kind: FindingKind = FindingKind.MASS
    composite: str | None = None

    def __post_init__(self) -> None:
        check_uid(self.sop_instance_uid)
        check_short_text("identifier of a finding", self.identifier)
        if self.composite is not None:
            check_short_text("name of a composite feature", self.composite)
        check_probability(f"probability of finding {self.identifier}", self.probability)
        check_probability(f"certainty of finding {self.identifier}", self.certainty)
        for name in ("probability", "certainty"):
            object.__setattr__(self, name, _single(getattr(self, name)))
        object.__setattr__(self, "centre", self._point(self.centre))
        object.__setattr__(self, "outline", tuple(self._point(point) for point in self.outline))
        self._check_outline()

    def _point(self, point: Sequence[float]) -> Point:
        if len(point) != 2 or not all(math.isfinite(value) and 0 <= value < 2**24 for value in point):
            raise ReportError(f"A point of finding {self.identifier} must be a column and a row of the image.")
        column, row = (_single(value) for value in point)
        return column, row

    def _check_outline(self) -> None:
        if not self.outline:
            return
        if self.outline[0] != self.outline[-1]:
            raise ReportError(
                f"The outline of finding {self.identifier} is not closed: its last point is not its first."
            )
        if len(self.outline) < _LEAST_OUTLINE:
            raise ReportError(f"The outline of finding {self.identifier} needs at least three different points.")

    def check_inside(self, rows: int, columns: int) -> None:
        """Raise ReportError if a point lies outside an image of `rows` times `columns` pixels."""
        for column, row in (self.centre, *self.outline):
            if column > columns or row > rows:
                raise ReportError(
                    f"Finding {self.identifier} has the point ({column:g}, {row:g}) outside image "
                    f"{self.sop_instance_uid}, which has {columns} columns and {rows} rows."
                )


def composites(findings: Iterable[Finding]) -> dict[str, list[Finding]]:
    """Return the findings of each composite feature by its name, in the order given."""
    groups: dict[str, list[Finding]] = {}
    for finding in findings:
        if finding.composite is not None:
            groups.setdefault(finding.composite, []).append(finding)
    return groups


def check_composite(name: str, findings: Sequence[Finding], sides: set[str | None]) -> None:
    """Raise ReportError unless `findings` can be one feature: several views, one breast (`sides`), one kind."""
    if len({finding.sop_instance_uid for finding in findings}) < max(2, len(findings)):
        raise ReportError(f"Composite feature {name} needs findings on two or more images, one on each.")
    if len(sides) > 1:
        raise ReportError(f"Composite feature {name} joins findings of different breasts.")
    if len({finding.kind for finding in findings}) > 1:
        raise ReportError(f"Composite feature {name} joins findings of different kinds.")


def _single(value: float) -> float:
    rounded: float = struct.unpack("<f", struct.pack("<f", value))[0]
    return rounded
