"""What makes a mammography header one of Breast Tomosynthesis: several frames and their functional groups."""

from pydicom.dataset import Dataset, FileDataset
from pydicom.sequence import Sequence as DicomSequence

from tests.synthetic_headers import PIXEL_SPACING_MM, code

FRAMES = 2
SLICE_MM = 1.0

# attributes of single-frame MG that the enhanced object keeps in its functional groups, or not at all
_NOT_IN_THE_IOD = (
    "PresentationIntentType",
    "AcquisitionDate",
    "AcquisitionTime",
    "ImageLaterality",
    "ViewPosition",
    "ImagerPixelSpacing",
    "EstimatedRadiographicMagnificationFactor",
    "RescaleIntercept",
    "RescaleSlope",
    "RescaleType",
    "WindowCenter",
    "WindowWidth",
    "WindowCenterWidthExplanation",
    "PatientOrientation",
    "AnatomicRegionSequence",
    "OrganExposed",
    "PositionerType",
    "DetectorType",
    "DetectorID",
    "PixelIntensityRelationship",
    "PixelIntensityRelationshipSign",
)


def become_tomosynthesis(ds: FileDataset) -> None:
    """Turn a complete single-frame object into a valid tomosynthesis object of two equal frames."""
    laterality = ds.ImageLaterality
    for keyword in _NOT_IN_THE_IOD:
        if keyword in ds:
            delattr(ds, keyword)
    ds.ImageType = ["DERIVED", "PRIMARY", "VOLUME", "NONE"]
    ds.NumberOfFrames = FRAMES
    ds.PixelData = ds.PixelData * FRAMES
    ds.PixelPresentation = "MONOCHROME"
    ds.VolumetricProperties = "VOLUME"
    ds.VolumeBasedCalculationTechnique = "TOMOSYNTHESIS"
    ds.ContentQualification = "RESEARCH"
    ds.SharedFunctionalGroupsSequence = DicomSequence([_shared_groups(laterality)])
    ds.PerFrameFunctionalGroupsSequence = DicomSequence(_frame_groups(index) for index in range(FRAMES))


def _item(**attributes: object) -> DicomSequence:
    item = Dataset()
    for keyword, value in attributes.items():
        setattr(item, keyword, value)
    return DicomSequence([item])


def _shared_groups(laterality: str) -> Dataset:
    groups = Dataset()
    groups.PixelMeasuresSequence = _item(PixelSpacing=[str(PIXEL_SPACING_MM)] * 2, SliceThickness=str(SLICE_MM))
    groups.PlaneOrientationSequence = _item(ImageOrientationPatient=["0", "-1", "0", "0", "0", "-1"])
    groups.FrameAnatomySequence = _item(
        FrameLaterality=laterality, AnatomicRegionSequence=DicomSequence([code("76752008", "Breast")])
    )
    groups.FrameVOILUTSequence = _item(WindowCenter="2048", WindowWidth="4096")
    groups.PixelValueTransformationSequence = _item(RescaleIntercept="0", RescaleSlope="1", RescaleType="US")
    return groups


def _frame_groups(index: int) -> Dataset:
    groups = Dataset()
    groups.FrameContentSequence = _item(FrameAcquisitionNumber=1, StackID="1", InStackPositionNumber=index + 1)
    groups.XRay3DFrameTypeSequence = _item(
        FrameType=["DERIVED", "PRIMARY", "VOLUME", "NONE"],
        PixelPresentation="MONOCHROME",
        VolumetricProperties="VOLUME",
        VolumeBasedCalculationTechnique="TOMOSYNTHESIS",
    )
    groups.PlanePositionSequence = _item(ImagePositionPatient=["0", "0", str(index * SLICE_MM)])
    return groups
