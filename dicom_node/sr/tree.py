"""Walking a content tree by coded concept, not by position.

Everything here raises one of `MALFORMED` where the tree is not as expected.
"""

from collections.abc import Iterator

from pydicom.dataset import Dataset

from dicom_node.sr.codes import Concept

MALFORMED = (AttributeError, IndexError, KeyError, TypeError, ValueError, StopIteration)


def children(parent: Dataset, name: Concept) -> Iterator[Dataset]:
    """Yield the children with this concept name."""
    for item in parent.get("ContentSequence", []):
        if "ConceptNameCodeSequence" in item and concept(item.ConceptNameCodeSequence[0]).means(name):
            yield item


def child(parent: Dataset, name: Concept) -> Dataset:
    """Return the first child with this concept name."""
    return next(children(parent, name))


def only_child(parent: Dataset, name: Concept) -> Dataset:
    """Return the one child with this concept name; ValueError where there are more."""
    (found,) = children(parent, name)
    return found


def value(item: Dataset) -> Concept:
    """Return the value of a CODE."""
    return concept(item.ConceptCodeSequence[0])


def number(item: Dataset, unit: Concept) -> float:
    """Return the value of a NUM, exact; ValueError where its unit is another."""
    measured = item.MeasuredValueSequence[0]
    stated = concept(measured.MeasurementUnitsCodeSequence[0])
    if not stated.means(unit):
        raise ValueError(stated)
    return float(measured.FloatingPointValue)


def concept(item: Dataset) -> Concept:
    """Return a code sequence item as a concept."""
    return Concept(str(item.CodeValue), str(item.CodingSchemeDesignator), str(item.CodeMeaning))
