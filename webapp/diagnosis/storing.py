"""A DICOM upload enters the study pipeline through the same door as C-STORE."""

import logging
from http import HTTPStatus
from typing import BinaryIO

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction

from dicom_node.archive import Archive
from dicom_node.errors import InvalidObject
from dicom_node.reception import Reception, StoreRequest
from webapp.diagnosis.decoding import DicomIdentity
from webapp.problems import Problem
from webapp.studies import dispatch, intake, selectors

_log = logging.getLogger(__name__)

CALLING_AE_TITLE = "HTTP-UPLOAD"
_CHUNK_BYTES = 1024 * 1024


def store(file: BinaryIO, identity: DicomIdentity, address: str, uploader: User | None) -> str:
    """Archive the object, write its rows, and return its Study Instance UID.

    Raises
    ------
    Problem
        422 where the archive's door refuses the object.
    ArchiveError
        If it may be sent again later.
    """
    archive = Archive(settings.NODE_ARCHIVE_DIR, settings.NODE_DISK_RESERVE_BYTES)
    request = StoreRequest(
        sop_class_uid=identity.sop_class_uid,
        sop_instance_uid=identity.sop_instance_uid,
        abstract_syntax=identity.sop_class_uid,
        transfer_syntax_uid=identity.transfer_syntax_uid,
        calling_ae_title=CALLING_AE_TITLE,
        calling_address=address,
    )

    def admit(study_instance_uid: str) -> None:
        if uploader is not None and not selectors.may_add_to(uploader, study_instance_uid, identity.sop_instance_uid):
            raise InvalidObject("the object belongs to a study that is not the sender's to see")

    reception = Reception(archive, request, settings.NODE_DICOM_OBJECT_BYTES_LIMIT, admit)
    try:
        file.seek(identity.data_set_offset)
        while part := file.read(_CHUNK_BYTES):
            reception.write([part])
        stored = reception.finish()
    except InvalidObject as error:
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, f"The object cannot be stored as a study: {error}.") from error
    finally:
        reception.discard()
    intake.record(stored, uploader)
    uid = stored.study_instance_uid
    transaction.on_commit(lambda: dispatch.association_closed({uid}))
    return uid
