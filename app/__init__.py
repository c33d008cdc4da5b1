"""Debrief: job interviews get the debriefing that they lack."""
