"""How much room the archive has."""

import shutil
from dataclasses import dataclass

from django.conf import settings


@dataclass(frozen=True)
class Space:
    """Bytes of the archive's disk."""

    free_bytes: int
    total_bytes: int

    @property
    def percent(self) -> float:
        """How much of the disk is free."""
        return 100.0 * self.free_bytes / self.total_bytes if self.total_bytes else 0.0


def free_space() -> Space | None:
    """Return the room on the archive's disk; None where it cannot be told."""
    try:
        usage = shutil.disk_usage(settings.NODE_ARCHIVE_DIR)
    except OSError:
        return None
    return Space(usage.free, usage.total)
