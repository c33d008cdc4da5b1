"""Debrief: job interviews get the debriefing that they lack."""

from app.core.redaction import redact_by_default

__version__ = "0.1.0"

redact_by_default()
