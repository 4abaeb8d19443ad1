"""Heat maps on disk."""

import errno
import os
from pathlib import Path

import numpy as np
import pytest
from pytest_django.fixtures import Settings

from dicom_node import overlay
from tests.factories import make_round, make_study
from webapp.studies import saliency_files

pytestmark = pytest.mark.django_db

HEAT = np.linspace(0, 1, 64 * 48, dtype=np.float32).reshape(64, 48)


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_a_map_is_kept_under_the_same_name_when_it_is_made_again(settings: Settings, tmp_path: Path) -> None:
    settings.NODE_DERIVED_DIR = tmp_path
    round_ = make_round(make_study())
    name = saliency_files.keep(round_, "1.2.3", HEAT)
    assert saliency_files.keep(round_, "1.2.3", HEAT) == name
    assert _files(tmp_path) == [saliency_files.path_of(name)]
    assert saliency_files.path_of(name).read_bytes() == overlay.transparent_png(HEAT)


def test_a_map_that_cannot_be_put_in_its_place_is_none_and_leaves_nothing(
    settings: Settings, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    settings.NODE_DERIVED_DIR = tmp_path
    round_ = make_round(make_study())
    name = saliency_files.keep(round_, "1.2.3", HEAT)
    path = saliency_files.path_of(name)
    path.unlink()
    path.mkdir()
    assert saliency_files.keep(round_, "1.2.3", HEAT) == ""
    assert _files(tmp_path) == []
    assert os.strerror(errno.EISDIR) in caplog.text
