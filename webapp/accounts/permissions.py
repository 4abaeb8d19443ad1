"""Which role may ask for what. What of it a person may see, the selectors decide."""

from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from webapp.accounts.roles import Role, has_role

# who may send images in: everybody but the auditor, who has no image
UPLOADING = (Role.ADMINISTRATOR, Role.RADIOLOGIST, Role.CLINICIAN, Role.SERVICE)


class RolePermission(BasePermission):
    """Lets in accounts that have one of the roles."""

    roles: tuple[Role, ...] = ()

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Decide."""
        return has_role(request.user, *self.roles)


class IsAdministrator(RolePermission):
    """Operations: allow-list, settings, monitoring, staff buttons."""

    roles = (Role.ADMINISTRATOR,)


class MayReadStudies(RolePermission):
    """Studies and their images; the selectors narrow them down."""

    roles = (Role.ADMINISTRATOR, Role.RADIOLOGIST, Role.CLINICIAN, Role.SERVICE)


class MayStore(RolePermission):
    """Store objects over DICOMweb: who may upload may also let an upload in as a study."""

    roles = UPLOADING


class MayReview(RolePermission):
    """Say what one sees in a study."""

    roles = (Role.RADIOLOGIST,)


class MayEnterOutcomes(RolePermission):
    """Enter what became of a study: the model's figures are made of it."""

    roles = (Role.RADIOLOGIST, Role.ADMINISTRATOR)


class MayAttach(RolePermission):
    """Put an assessment of symptoms beside a study or an upload, and read it there."""

    roles = (Role.ADMINISTRATOR, Role.RADIOLOGIST, Role.CLINICIAN)


class MayReadAuditTrail(RolePermission):
    """Who did what."""

    roles = (Role.ADMINISTRATOR, Role.AUDITOR)
