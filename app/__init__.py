"""Debrief: job interviews get the debriefing that they lack."""

from app.core.silence import keep_silent

keep_silent()
