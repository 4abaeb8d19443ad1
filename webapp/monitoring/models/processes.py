"""Signs of life, and numbers that only processes know."""

from django.db import models


class Heartbeat(models.Model):
    """The newest sign of life of one process of one machine."""

    name = models.CharField(max_length=32)
    machine = models.CharField(max_length=64)
    pid = models.PositiveIntegerField()
    started_at = models.DateTimeField()
    beat_at = models.DateTimeField()
    starts = models.PositiveIntegerField(default=1)
    expected = models.BooleanField(default=True, help_text="off for a process that was taken out of service on purpose")

    class Meta:
        ordering = ["machine", "name"]
        constraints = [models.UniqueConstraint(fields=["name", "machine"], name="one_heartbeat_a_process")]

    def __str__(self) -> str:
        return f"{self.name} on {self.machine}"


class ProcessStart(models.Model):
    """One start of a process, to tell a restart from a habit."""

    name = models.CharField(max_length=32)
    machine = models.CharField(max_length=64)
    at = models.DateTimeField(db_index=True)

    class Meta:
        ordering = ["-at"]

    def __str__(self) -> str:
        return f"{self.name} on {self.machine} {self.at:%Y-%m-%d %H:%M:%S}"


class Tally(models.Model):
    """A counter that all processes of all machines add to."""

    name = models.CharField(max_length=64)
    labels = models.CharField(max_length=255, default="{}", help_text="JSON, keys in order")
    value = models.FloatField(default=0)

    class Meta:
        verbose_name_plural = "tallies"
        constraints = [models.UniqueConstraint(fields=["name", "labels"], name="one_tally_a_name_and_labels")]

    def __str__(self) -> str:
        return f"{self.name}{self.labels}"


class Turn(models.Model):
    """Something that one process at a time does: whoever moves the time forward has the turn."""

    name = models.CharField(max_length=32, unique=True)
    due_at = models.DateTimeField()
    taken_by = models.CharField(max_length=128, blank=True)

    def __str__(self) -> str:
        return self.name
