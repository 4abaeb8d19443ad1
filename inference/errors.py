"""What can go wrong in the inference library.

::

    InferenceError
    ├── ModelError         the model file or its manifest cannot be trusted or used
    ├── ViewError          a view cannot become a tensor
    └── TrainingError      training or evaluation cannot start or go on
        └── DataAbsent     the training films are not where they were said to be

Every message is one sentence for a human, without patient data.
"""


class InferenceError(Exception):
    """Root of every error this library raises on purpose."""


class ModelError(InferenceError):
    """The model file or its manifest is absent, damaged, unsafe or does not fit the contract."""


class ViewError(InferenceError):
    """A view cannot be prepared: wrong type, wrong rank, no pixels, impossible aspect."""


class TrainingError(InferenceError):
    """Training or evaluation cannot start or go on."""


class DataAbsent(TrainingError):
    """The folder of training films, its manifest, or a film named there is missing."""
