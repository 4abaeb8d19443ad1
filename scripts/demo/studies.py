"""What is pushed: studies of images, in plain values."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Picture:
    """One DICOM file to push, with what the table says of it beside the node's own answer."""

    path: Path
    sop_class_uid: str
    sop_instance_uid: str
    transfer_syntax_uid: str
    pathology: str = ""
    """The known truth, where there is one."""
    file: str = ""
    """The file's name, where the table shall show it."""


@dataclass(frozen=True)
class Study:
    """One study to push; `slug` names its report files, `label` stands in the table."""

    label: str
    slug: str
    study_instance_uid: str
    pictures: tuple[Picture, ...]


@dataclass(frozen=True)
class Chapter:
    """Studies pushed for one reason, which `title` says."""

    title: str
    studies: tuple[Study, ...]
