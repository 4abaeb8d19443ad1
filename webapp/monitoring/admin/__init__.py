"""The admin's pages of the operations side."""

from webapp.monitoring.admin import alerts, care, failures, log, processes, timeline

__all__ = ["alerts", "care", "failures", "log", "processes", "timeline"]
