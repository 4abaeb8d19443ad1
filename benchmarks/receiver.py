"""The receiving part of the node as a process of its own, without rows: ``python -m benchmarks.receiver FOLDER PORT``.

A third argument ``plain`` takes the plain path.
"""

import signal
import sys
from pathlib import Path

from benchmarks.receivers import AE_TITLE
from dicom_node import scp
from dicom_node.archive import Archive


def main() -> None:
    """Receive until SIGTERM."""
    folder, port, *path = sys.argv[1:]
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
    running = scp.start(
        scp.ScpSettings(
            ae_title=AE_TITLE,
            bind="127.0.0.1",
            port=int(port),
            archive=Archive(Path(folder), 1 << 30),
            fast="plain" not in path,
        ),
        on_stored=lambda stored: None,
        on_association_closed=lambda studies: None,
        is_allowed=lambda ae_title, address: True,
    )
    signal.sigwait({signal.SIGTERM, signal.SIGINT})
    running.stop(1.0)


if __name__ == "__main__":
    main()
