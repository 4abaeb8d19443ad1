"""A round over the four views of a phantom, as receiving leaves it behind: files in the archive, and rows."""

from pathlib import Path

from django.utils import timezone

from tests import synthetic
from tests.factories import make_round
from webapp.studies.models import Instance, Round, Study


def phantom_round(archive: Path, *, seed: int = 7, lesion: bool = True) -> Round:
    """Return a round that waits for its analysis."""
    now = timezone.now()
    images = synthetic.make_study(seed=seed, lesion=lesion)
    study = Study.objects.create(study_instance_uid=images[0].StudyInstanceUID, last_received_at=now)
    (archive / "objects").mkdir(parents=True, exist_ok=True)
    for image in images:
        path = synthetic.write(image, archive / "objects" / f"{image.SOPInstanceUID}.dcm")
        Instance.objects.create(
            study=study,
            sop_instance_uid=image.SOPInstanceUID,
            sop_class_uid=image.SOPClassUID,
            series_instance_uid=image.SeriesInstanceUID,
            transfer_syntax_uid=image.file_meta.TransferSyntaxUID,
            path=str(path.relative_to(archive)),
            size_bytes=path.stat().st_size,
            laterality=image.ImageLaterality,
            view=image.ViewPosition,
            received_from="PACS",
            received_address="127.0.0.1",
            received_at=now,
            receive_ms=1.0,
        )
    return make_round(study)
