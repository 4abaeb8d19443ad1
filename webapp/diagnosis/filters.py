"""How one's uploads can be narrowed down."""

from datetime import UTC, datetime
from typing import Any

import django_filters
from django.core.exceptions import ValidationError
from django_filters.fields import IsoDateTimeField

from webapp.diagnosis.contents import FORMATS
from webapp.diagnosis.models import Diagnosis


class _MomentField(IsoDateTimeField):
    def to_python(self, value: Any) -> datetime | None:
        moment: datetime | None = super().to_python(value)
        try:
            return moment if moment is None else moment.astimezone(UTC)
        except OverflowError as error:  # before the first day, or behind the last
            raise ValidationError(self.error_messages["invalid"], code="invalid") from error


class _Moment(django_filters.IsoDateTimeFilter):
    field_class = _MomentField


class DiagnosisFilter(django_filters.FilterSet):
    """By date, prediction and format."""

    created_after = _Moment(field_name="created_at", lookup_expr="gte")
    created_before = _Moment(field_name="created_at", lookup_expr="lt")
    prediction = django_filters.ChoiceFilter(field_name="label", choices=[(x, x) for x in ("Benign", "Malignant")])
    image_format = django_filters.ChoiceFilter(choices=[(name, name) for name in FORMATS])

    class Meta:
        model = Diagnosis
        fields: list[str] = []

    def is_valid(self) -> bool:
        """Refuse a filter without a value too, instead of showing everything."""
        given = self.data or {}
        for name in self.filters if self.is_bound else ():
            if given.get(name) == "":
                self.form.add_error(name, "A value is expected.")
        return bool(super().is_valid())
