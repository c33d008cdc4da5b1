"""Neutral contract: our own API for any ATS, or any tool in between."""
