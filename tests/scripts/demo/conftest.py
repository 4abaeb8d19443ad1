"""What several tests of the demo push: the phantom, drawn once."""

import pytest

from scripts.demo.preparation import write_phantom
from scripts.demo.studies import Study


@pytest.fixture(scope="session")
def phantom_study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    return write_phantom(tmp_path_factory.mktemp("phantom"))
