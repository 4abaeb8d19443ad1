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

# Mammography CAD: TID 4000 and below
MAMMOGRAPHY_CAD_REPORT = Concept("111036", "DCM", "Mammography CAD Report")  # TID 4000 row 1
LANGUAGE_OF_CONTENT = Concept("121049", "DCM", "Language of Content Item and Descendants")  # TID 1204
COUNTRY_OF_LANGUAGE = Concept("121046", "DCM", "Country of Language")  # TID 1204
UNITED_STATES = Concept("US", "ISO3166_1", "United States")  # CID 5001
IMAGE_VIEW_MODIFIER = Concept("111032", "DCM", "Image View Modifier")  # TID 4020
STUDY_DATE = Concept("111060", "DCM", "Study Date")  # TID 4020
STUDY_TIME = Concept("111061", "DCM", "Study Time")  # TID 4020
CONTENT_DATE = Concept("111018", "DCM", "Content Date")  # TID 4020
CONTENT_TIME = Concept("111019", "DCM", "Content Time")  # TID 4020
POSITIONER_PRIMARY_ANGLE = Concept("112011", "DCM", "Positioner Primary Angle")  # TID 4020
POSITIONER_SECONDARY_ANGLE = Concept("112012", "DCM", "Positioner Secondary Angle")  # TID 4020
FINDINGS_SUMMARY = Concept("111017", "DCM", "CAD Processing and Findings Summary")  # TID 4001 row 1
IMPRESSION_DESCRIPTION = Concept("111033", "DCM", "Impression Description")  # TID 4002
CERTAINTY_OF_IMPRESSION = Concept("111013", "DCM", "Certainty of impression")  # TID 4002
INDIVIDUAL_IMPRESSION = Concept("111034", "DCM", "Individual Impression/Recommendation")  # TID 4003
RENDERING_INTENT = Concept("111056", "DCM", "Rendering Intent")  # TID 4003, 4004, 4006
SINGLE_IMAGE_FINDING = Concept("111059", "DCM", "Single Image Finding")  # TID 4006
COMPOSITE_FEATURE = Concept("111015", "DCM", "Composite Feature")  # TID 4004
COMPOSITE_TYPE = Concept("111016", "DCM", "Composite Type")  # TID 4005
SCOPE_OF_FEATURE = Concept("111057", "DCM", "Scope of Feature")  # TID 4005
CERTAINTY_OF_FEATURE = Concept("111011", "DCM", "Certainty of Feature")  # TID 4005
CERTAINTY_OF_FINDING = Concept("111012", "DCM", "Certainty of Finding")  # TID 4006
CENTER = Concept("111010", "DCM", "Center")  # TID 4021
OUTLINE = Concept("111041", "DCM", "Outline")  # TID 4021
CAD_OPERATING_POINT = Concept("111071", "DCM", "CAD Operating Point")  # TID 4006
MAXIMUM_CAD_OPERATING_POINT = Concept("111072", "DCM", "Maximum CAD Operating Point")  # TID 4023
SUMMARY_OF_DETECTIONS = Concept("111064", "DCM", "Summary of Detections")  # TID 4000
SUCCESSFUL_DETECTIONS = Concept("111063", "DCM", "Successful Detections")  # TID 4015
FAILED_DETECTIONS = Concept("111025", "DCM", "Failed Detections")  # TID 4015
DETECTION_PERFORMED = Concept("111022", "DCM", "Detection Performed")  # TID 4017
SUCCESSFUL_ANALYSES = Concept("111062", "DCM", "Successful Analyses")  # TID 4016
FAILED_ANALYSES = Concept("111024", "DCM", "Failed Analyses")  # TID 4016
ANALYSIS_PERFORMED = Concept("111004", "DCM", "Analysis Performed")  # TID 4018

ALL_WITHOUT_FINDINGS = Concept("111241", "DCM", "All algorithms succeeded; without findings")  # CID 6047
ALL_WITH_FINDINGS = Concept("111242", "DCM", "All algorithms succeeded; with findings")  # CID 6047
PART_WITHOUT_FINDINGS = Concept("111243", "DCM", "Not all algorithms succeeded; without findings")  # CID 6047
PART_WITH_FINDINGS = Concept("111244", "DCM", "Not all algorithms succeeded; with findings")  # CID 6047
NONE_SUCCEEDED = Concept("111245", "DCM", "No algorithms succeeded; without findings")  # CID 6047
PRESENTATION_REQUIRED = Concept(  # CID 6034
    "111150", "DCM", "Presentation Required: Rendering device is expected to present"
)
PRESENTATION_OPTIONAL = Concept("111151", "DCM", "Presentation Optional: Rendering device may present")  # CID 6034
RELATED_SPATIALLY = Concept("111154", "DCM", "Target content items are related spatially")  # TID 4005
ON_MULTIPLE_IMAGES = Concept("111158", "DCM", "Feature detected on multiple images")  # TID 4005
OVERALL_IMPRESSION_ANALYSIS = Concept("111234", "DCM", "Overall Impression/Recommendation Analysis")  # CID 6043
MASS_ON_ONE_IMAGE = Concept("129793001", "SCT", "Mammography breast density")  # CID 6014
MASS_ON_SEVERAL_IMAGES = Concept("129788004", "SCT", "Mammographic breast mass")  # CID 6016

# this project's own names for two things DICOM has no concept for
CLASSIFICATION = Concept("OPCLASS", PRIVATE_SCHEME, "Classification at operating point")
REASON_NOT_ANALYSED = Concept("NOTANREASON", PRIVATE_SCHEME, "Reason not analysed")

# region groups, TID 1410
IMAGE_REGION = Concept("111030", "DCM", "Image Region")
GEOMETRIC_PURPOSE = Concept("130400", "DCM", "Geometric purpose of region")

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
DEGREES = Concept("deg", "UCUM", "degrees")
FROM_ONE = Concept("{1:n}", "UCUM", "range: 1:n")  # TID 4006 row 3
ARBITRARY_UNIT = Concept("[arb'U]", "UCUM", "arbitrary unit")  # TID 4023 row 1
PIXELS = Concept("{pixels}", "UCUM", "Pixels")

LATERALITIES = MappingProxyType(  # CID 244: the side alone; CID 6022 ("Left breast") belongs to TID 4000
    {
        "L": Concept("7771000", "SCT", "Left"),
        "R": Concept("24028007", "SCT", "Right"),
    }
)
BREASTS = MappingProxyType(  # CID 6022: the side and the organ in one, as TID 4000 wants it
    {
        "L": Concept("80248007", "SCT", "Left breast"),
        "R": Concept("73056007", "SCT", "Right breast"),
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

_VIEW_MODIFIERS = (  # CID 4015: SCT, the former SRT code, meaning
    ("399161006", "R-102D2", "Cleavage"),
    ("399011000", "R-102D1", "Axillary Tail"),
    ("399197002", "R-102D3", "Rolled Lateral"),
    ("399226006", "R-102D4", "Rolled Medial"),
    ("414493004", "R-102CA", "Rolled Inferior"),
    ("415670009", "R-102C9", "Rolled Superior"),
    ("399209000", "R-102D5", "Implant Displaced"),
    ("399163009", "R-102D6", "Magnification"),
    ("399055006", "R-102D7", "Spot Compression"),
    ("399110001", "R-102C2", "Tangential"),
    ("442581004", "R-40AB3", "Nipple in profile"),
    ("441752004", "P2-00161", "Anterior compression"),
    ("442593008", "R-40ABE", "Infra-mammary fold"),
    ("442580003", "R-40AB2", "Axillary tissue"),
)
VIEW_MODIFIERS = MappingProxyType(
    {
        stated: Concept(current, "SCT", meaning)
        for current, former, meaning in _VIEW_MODIFIERS
        for stated in (current, former)
    }
)
