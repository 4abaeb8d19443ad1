"""What can go wrong in the application's steps.

StudiesError
    PeerTextError     a destination or peer in the settings is not well-formed
    StageError        a step failed for good: names the stage and the reason
"""


class StudiesError(Exception):
    """Root of this package's errors."""


class PeerTextError(StudiesError):
    """A destination or peer in the settings is not well-formed; the text says how it should look."""


class StageError(StudiesError):
    """A step failed and a repetition would fail again."""

    def __init__(self, stage: str, reason: str) -> None:
        super().__init__(f"failed at stage {stage} because {reason}")
        self.stage = stage
        self.reason = reason
