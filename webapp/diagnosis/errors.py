"""What can go wrong with an upload. Plain values: the decoding process knows no web framework.

UploadError
    Refusal     the upload cannot be scored; the text says what to do, the status whose fault it is
    Overload    the upload may be fine; there is no room for it now
"""


class UploadError(Exception):
    """Root of this package's errors."""


class Refusal(UploadError):
    """The upload is refused for good, with an HTTP status and a sentence that says what to do."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail


class Overload(UploadError):
    """There is no room for the upload now; trying again after some seconds may succeed."""

    def __init__(self, detail: str, retry_after_seconds: int = 5) -> None:
        super().__init__(detail)
        self.detail = detail
        self.retry_after_seconds = retry_after_seconds
