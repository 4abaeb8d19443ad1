"""SOP Classes and transfer syntaxes this node accepts and proposes.

The tables here are the conformance statement: what is not in them is refused at negotiation.

References
----------
PS3.4 B.5 (Storage SOP Classes), PS3.5 Annex A (transfer syntaxes), PS3.8 9.3.2.2 (presentation contexts)
"""

from collections.abc import Sequence

from pydicom.uid import (
    HTJ2K,
    JPEG2000,
    BreastProjectionXRayImageStorageForPresentation,
    BreastProjectionXRayImageStorageForProcessing,
    BreastTomosynthesisImageStorage,
    Comprehensive3DSRStorage,
    DeflatedExplicitVRLittleEndian,
    DigitalMammographyXRayImageStorageForPresentation,
    DigitalMammographyXRayImageStorageForProcessing,
    EncapsulatedPDFStorage,
    ExplicitVRLittleEndian,
    GrayscaleSoftcopyPresentationStateStorage,
    HTJ2KLossless,
    HTJ2KLosslessRPCL,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    JPEGLSNearLossless,
    MammographyCADSRStorage,
    RLELossless,
    SecondaryCaptureImageStorage,
)
from pynetdicom.presentation import PresentationContext, build_context

VERIFICATION_SOP_CLASS = "1.2.840.10008.1.1"
"""PS3.4 A.4: C-ECHO, in both roles."""

COMMITMENT_SOP_CLASS = "1.2.840.10008.1.20.1"
"""PS3.4 Annex J: Storage Commitment Push Model, in both roles."""

QUERY_SOP_CLASS = "1.2.840.10008.5.1.4.1.2.2.1"
"""PS3.4 C.6.2.1: Study Root Query, as SCU: does the peer hold what was sent?"""

IMAGE_SOP_CLASSES: tuple[str, ...] = (
    DigitalMammographyXRayImageStorageForPresentation,
    DigitalMammographyXRayImageStorageForProcessing,
    BreastTomosynthesisImageStorage,
    BreastProjectionXRayImageStorageForPresentation,
    BreastProjectionXRayImageStorageForProcessing,
    SecondaryCaptureImageStorage,
)
"""What a C-STORE may bring."""

REPORT_SOP_CLASSES: tuple[str, ...] = (Comprehensive3DSRStorage, MammographyCADSRStorage)
"""What this node sends."""

COMPANION_SOP_CLASSES: tuple[str, ...] = (
    SecondaryCaptureImageStorage,
    GrayscaleSoftcopyPresentationStateStorage,
    EncapsulatedPDFStorage,
)
"""Key images, their marks, and the page in PDF, for a destination that wants them; uncompressed like the reports."""

# The acceptor picks one transfer syntax for each context. Where a peer offers several in one context,
# the uncompressed ones come first: every peer can produce them. Peers that want their own compression
# kept propose it in a context of its own, which is what DCMTK and Orthanc do.
IMAGE_TRANSFER_SYNTAXES: tuple[str, ...] = (
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    DeflatedExplicitVRLittleEndian,
    RLELossless,
    JPEGLosslessSV1,
    JPEGLossless,
    JPEGLSLossless,
    JPEG2000Lossless,
    HTJ2KLossless,
    HTJ2KLosslessRPCL,
    JPEGLSNearLossless,
    JPEG2000,
    HTJ2K,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
)
"""The encodings accepted for each of `IMAGE_SOP_CLASSES`, most preferred first."""

REPORT_TRANSFER_SYNTAXES: tuple[str, ...] = (ExplicitVRLittleEndian, ImplicitVRLittleEndian)
"""The encodings proposed for each of `REPORT_SOP_CLASSES`."""

COMMAND_TRANSFER_SYNTAXES: tuple[str, ...] = (ImplicitVRLittleEndian, ExplicitVRLittleEndian)
"""The encodings accepted and proposed for Verification and Storage Commitment, and proposed for queries."""


def accepted_contexts(*, commitment: bool = False) -> list[PresentationContext]:
    """Return what the SCP accepts: Verification, and each image SOP Class in every transfer syntax.

    Parameters
    ----------
    commitment : bool
        Storage Commitment too.

    Returns
    -------
    list of PresentationContext
        Fresh objects, one for each abstract syntax.
    """
    safekeeping = build_context(COMMITMENT_SOP_CLASS, list(COMMAND_TRANSFER_SYNTAXES))
    # a peer asks us for commitment, and reports on what we asked: then it is the SCP of the association it opens
    safekeeping.scu_role, safekeeping.scp_role = True, True
    return [
        *([safekeeping] if commitment else []),
        build_context(VERIFICATION_SOP_CLASS, list(COMMAND_TRANSFER_SYNTAXES)),
        *(build_context(uid, list(IMAGE_TRANSFER_SYNTAXES)) for uid in IMAGE_SOP_CLASSES),
    ]


def report_contexts() -> list[PresentationContext]:
    """Return what the SCU proposes when it sends reports: each SOP Class with both uncompressed syntaxes.

    Returns
    -------
    list of PresentationContext
        Fresh objects, one for each abstract syntax.
    """
    return _contexts_for(REPORT_SOP_CLASSES, REPORT_TRANSFER_SYNTAXES)


def companion_contexts() -> list[PresentationContext]:
    """Return what the SCU proposes when it sends key images, presentation states and pages in PDF.

    Returns
    -------
    list of PresentationContext
        Fresh objects, one for each abstract syntax.
    """
    return _contexts_for(COMPANION_SOP_CLASSES, REPORT_TRANSFER_SYNTAXES)


def verification_contexts() -> list[PresentationContext]:
    """Return what the SCU proposes for C-ECHO.

    Returns
    -------
    list of PresentationContext
        One fresh object.
    """
    return _contexts_for((VERIFICATION_SOP_CLASS,), COMMAND_TRANSFER_SYNTAXES)


def commitment_contexts() -> list[PresentationContext]:
    """Return what is proposed for storage commitment, to ask for it and to report on it.

    Returns
    -------
    list of PresentationContext
        One fresh object.
    """
    return _contexts_for((COMMITMENT_SOP_CLASS,), COMMAND_TRANSFER_SYNTAXES)


def query_contexts() -> list[PresentationContext]:
    """Return what the SCU proposes to ask whether a peer holds an object.

    Returns
    -------
    list of PresentationContext
        One fresh object.
    """
    return _contexts_for((QUERY_SOP_CLASS,), COMMAND_TRANSFER_SYNTAXES)


def _contexts_for(sop_classes: Sequence[str], transfer_syntaxes: Sequence[str]) -> list[PresentationContext]:
    return [build_context(uid, list(transfer_syntaxes)) for uid in sop_classes]
