"""Readers of one study."""

from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from tests.webapp.portal.reading_room import Reader, marked_study
from webapp.studies.models import Study


@pytest.fixture
def study(settings: Settings, tmp_path: Path) -> Study:
    """An analysed study of one image with one mark of the AI."""
    settings.NODE_ARCHIVE_DIR = tmp_path
    return marked_study(tmp_path)


@pytest.fixture
def alice(study: Study) -> Reader:
    return Reader("alice", study)


@pytest.fixture
def dora(study: Study) -> Reader:
    return Reader("dora", study)


@pytest.fixture
def erik(study: Study) -> Reader:
    return Reader("erik", study)
