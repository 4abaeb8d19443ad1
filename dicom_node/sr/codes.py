"""The coded concepts a report uses, each with the context group (CID) or template (TID) it comes from.

The meanings are written here, not taken from a dictionary: dictionaries in circulation carry invisible
characters (U+200B) inside some of them. Codes of the scheme ``99MAMMONODE`` are this project's own, used
only where no standard concept says the same.

References
----------
DICOM PS3.16, context groups and templates; PS3.3 Section 8 (code sequence macro).
"""

import re
from dataclasses import dataclass
from types import MappingProxyType

from dicom_node.errors import ReportError

PRIVATE_SCHEME = "99MAMMONODE"
PRIVATE_SCHEME_NAME = "Mammonode private codes"

_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\ufeff\\]")


@dataclass(frozen=True)
class Concept:
    """One coded concept.

    Parameters
    ----------
    value : str
        Code Value (0008,0100), 1 to 16 characters.
    scheme : str
        Coding Scheme Designator (0008,0102), 1 to 16 characters.
    meaning : str
        Code Meaning (0008,0104), 1 to 64 characters. Says the same to a human; not compared.

    Raises
    ------
    ReportError
        If a part is empty, too long, or holds control or invisible characters.

    References
    ----------
    DICOM PS3.3 Table 8.8-1, PS3.5 Table 6.2-1.
    """

    value: str
    scheme: str
    meaning: str

    def __post_init__(self) -> None:
        limits = (("value", self.value, 16), ("scheme", self.scheme, 16), ("meaning", self.meaning, 64))
        for part, text, limit in limits:
            if not text.strip() or len(text) > limit or _UNPRINTABLE.search(text):
                raise ReportError(
                    f"The {part} of the code ({self.value}, {self.scheme}) must have 1 to {limit} printable characters."
                )

    def means(self, other: "Concept") -> bool:
        """Whether both are the same concept: value and scheme count, the meaning does not."""
        return (self.value, self.scheme) == (other.value, other.scheme)


# document, TID 1500 and the containers below it
IMAGING_MEASUREMENT_REPORT = Concept("126000", "DCM", "Imaging Measurement Report")  # CID 7021
ENGLISH = Concept("en", "RFC5646", "English")  # CID 5000
IMAGING_PROCEDURE = Concept("363679005", "SCT", "Imaging procedure")  # CID 100
IMAGE_LIBRARY = Concept("111028", "DCM", "Image Library")  # TID 1600 row 1
IMAGE_LIBRARY_GROUP = Concept("126200", "DCM", "Image Library Group")  # TID 1600 row 2
IMAGING_MEASUREMENTS = Concept("126010", "DCM", "Imaging Measurements")  # TID 1500 row 6
MEASUREMENT_GROUP = Concept("125007", "DCM", "Measurement Group")  # TID 1501 row 1
QUALITATIVE_EVALUATIONS = Concept("C0034375", "UMLS", "Qualitative Evaluations")  # TID 1500 row 12
SOURCE = Concept("260753009", "SCT", "Source")  # TID 1601 row 1, as highdicom and IHE AIR name it
SOURCE_OF_MEASUREMENT = Concept("121112", "DCM", "Source of Measurement")  # CID 7551

# image library descriptors, TID 1602 and 1603
MODALITY = Concept("121139", "DCM", "Modality")
IMAGE_LATERALITY = Concept("111027", "DCM", "Image Laterality")
IMAGE_VIEW = Concept("111031", "DCM", "Image View")
PATIENT_ORIENTATION_ROW = Concept("111044", "DCM", "Patient Orientation Row")
PATIENT_ORIENTATION_COLUMN = Concept("111043", "DCM", "Patient Orientation Column")
HORIZONTAL_PIXEL_SPACING = Concept("111026", "DCM", "Horizontal Pixel Spacing")
VERTICAL_PIXEL_SPACING = Concept("111066", "DCM", "Vertical Pixel Spacing")
PIXEL_DATA_ROWS = Concept("110910", "DCM", "Pixel Data Rows")
PIXEL_DATA_COLUMNS = Concept("110911", "DCM", "Pixel Data Columns")

MODALITIES = MappingProxyType(  # CID 29
    {
        "MG": Concept("MG", "DCM", "Mammography"),
        "OT": Concept("OT", "DCM", "Other Modality"),
    }
)

# what a group says: TID 1501, TID 4108 (tracking), TID 4019 (algorithm)
TRACKING_IDENTIFIER = Concept("112039", "DCM", "Tracking Identifier")
TRACKING_UNIQUE_IDENTIFIER = Concept("112040", "DCM", "Tracking Unique Identifier")
FINDING_SITE = Concept("363698007", "SCT", "Finding Site")
LATERALITY = Concept("272741003", "SCT", "Laterality")
BREAST = Concept("76752008", "SCT", "Breast")  # CID 4013
PROBABILITY_OF_CANCER = Concept("111047", "DCM", "Probability of cancer")
SUMMARY_OF_ANALYSES = Concept("111065", "DCM", "Summary of Analyses")  # TID 4000, TID 4016
COMMENT = Concept("121106", "DCM", "Comment")
ALGORITHM_NAME = Concept("111001", "DCM", "Algorithm Name")
ALGORITHM_VERSION = Concept("111003", "DCM", "Algorithm Version")
ALGORITHM_PARAMETERS = Concept("111002", "DCM", "Algorithm Parameters")
ALGORITHM_MANUFACTURER = Concept("122405", "DCM", "Algorithm Manufacturer")

# this project's own names for two things DICOM has no concept for
CLASSIFICATION = Concept("OPCLASS", PRIVATE_SCHEME, "Classification at operating point")
REASON_NOT_ANALYSED = Concept("NOTANREASON", PRIVATE_SCHEME, "Reason not analysed")

# values
MALIGNANT = Concept("21594007", "SCT", "Malignant")  # CID 6063
BENIGN = Concept("30807003", "SCT", "Benign")  # CID 6063
SUCCEEDED = Concept("111222", "DCM", "Succeeded")  # CID 6042
PARTIALLY_SUCCEEDED = Concept("111223", "DCM", "Partially Succeeded")  # CID 6042
FAILED = Concept("111224", "DCM", "Failed")  # CID 6042
NOT_ATTEMPTED = Concept("111225", "DCM", "Not Attempted")  # CID 6042
PROCESSING_EQUIPMENT = Concept("109102", "DCM", "Processing Equipment")  # CID 7005

# units, UCUM
PERCENT = Concept("%", "UCUM", "Percent")
MILLIMETRE = Concept("mm", "UCUM", "millimeter")
PIXELS = Concept("{pixels}", "UCUM", "Pixels")

LATERALITIES = MappingProxyType(  # CID 244: the side alone; CID 6022 ("Left breast") belongs to TID 4000
    {
        "L": Concept("7771000", "SCT", "Left"),
        "R": Concept("24028007", "SCT", "Right"),
    }
)
BILATERAL = Concept("51440002", "SCT", "Bilateral")  # CID 244

VIEWS = MappingProxyType(  # CID 4014
    {
        "CC": Concept("399162004", "SCT", "cranio-caudal"),
        "MLO": Concept("399368009", "SCT", "medio-lateral oblique"),
        "ML": Concept("399260004", "SCT", "medio-lateral"),
        "LM": Concept("399352003", "SCT", "latero-medial"),
        "LMO": Concept("399099002", "SCT", "latero-medial oblique"),
        "FB": Concept("399196006", "SCT", "caudo-cranial"),
        "SIO": Concept("399188001", "SCT", "superolateral to inferomedial oblique"),
        "ISO": Concept("441555000", "SCT", "inferomedial to superolateral oblique"),
        "XCCL": Concept("399192008", "SCT", "cranio-caudal exaggerated laterally"),
        "XCCM": Concept("399101009", "SCT", "cranio-caudal exaggerated medially"),
        "SPECIMEN": Concept("127457009", "SCT", "tissue specimen from breast"),
    }
)
