"""Debrief: job interviews get the debriefing that they lack."""

from app.core.redaction import keep_silent

__version__ = "0.1.0"

keep_silent()
