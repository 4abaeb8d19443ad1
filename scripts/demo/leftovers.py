"""The processes of a node, found by the data folder in their environment."""

from __future__ import annotations

from pathlib import Path

import psutil


def processes_of(data_folder: Path) -> list[psutil.Process]:
    """Return every process of the node with this data folder, the oldest first."""
    running = psutil.process_iter(["environ", "create_time"])
    found = [p for p in running if (p.info["environ"] or {}).get("NODE_DATA_DIR") == str(data_folder)]
    return sorted(found, key=lambda process: float(process.info["create_time"]))
