"""Find the programs that the tests start; some stand where an ordinary user's PATH does not look."""

import os
import shutil
from pathlib import Path

import pytest


def path_of(program: str) -> Path:
    """Return where the program stands; skip the test by name where it is absent, or fail it under CI=true."""
    folders = [*os.environ.get("PATH", "").split(os.pathsep), "/usr/sbin", "/sbin"]
    # newest first; Debian keeps the servers of each PostgreSQL version apart
    folders += [str(folder) for folder in sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)]
    found = shutil.which(program, path=os.pathsep.join(folders))
    if found is not None:
        return Path(found)
    sentence = f"{program} is not installed: run `make system-packages`, or install it by hand"
    if os.environ.get("CI") == "true":
        pytest.fail(sentence)
    pytest.skip(sentence)
