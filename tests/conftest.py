"""Rules for the whole suite: a missing peer is named, and under CI=true it is a failure."""

import os
import shutil

import pytest


def pytest_runtest_setup(item: pytest.Item) -> None:
    for mark in item.iter_markers("peer"):
        for program in mark.args:
            if shutil.which(program) is not None:
                continue
            sentence = f"{program} is not installed: run `make system-packages`, or install it by hand"
            if os.environ.get("CI") == "true":
                pytest.fail(sentence)
            pytest.skip(sentence)
