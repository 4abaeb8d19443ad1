"""Every test starts with nothing counted against anybody."""

import pytest
from django.core.cache import cache


@pytest.fixture(autouse=True)
def _nothing_throttled() -> None:
    cache.clear()
