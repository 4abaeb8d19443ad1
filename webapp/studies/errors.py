"""What can go wrong in the application's steps.

StudiesError
    PeerTextError     a destination or peer in the settings is not well-formed
    WordRefusedError  what a reader says of a study cannot be taken as it is
    StageError        a step failed for good: names the stage and the reason
"""


class StudiesError(Exception):
    """Root of this package's errors."""


class PeerTextError(StudiesError):
    """A destination or peer in the settings is not well-formed; the text says how it should look."""


class WordRefusedError(StudiesError):
    """What a reader says of a study cannot be taken; the text says what to do instead."""

    def __init__(self, sentence: str, *, comes_too_late: bool = False) -> None:
        super().__init__(sentence)
        # the study has moved on: the same words might have been taken earlier
        self.comes_too_late = comes_too_late


class StageError(StudiesError):
    """A step failed and a repetition would fail again."""

    def __init__(self, stage: str, reason: str) -> None:
        super().__init__(f"failed at stage {stage} because {reason}")
        self.stage = stage
        self.reason = reason
