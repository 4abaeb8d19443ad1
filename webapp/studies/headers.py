"""Headers of stored files, for processes that never touch a pixel."""

from pathlib import Path

from pydicom import Dataset

from dicom_node import part10
from dicom_node.header import read_header as read_header_at


def read_header(path: Path) -> Dataset:
    """Return everything before the pixels, read as the receiving process read it."""
    with path.open("rb") as file:
        syntax, offset = part10.read_file_meta(file)
        return read_header_at(file.fileno(), syntax, offset).dataset
