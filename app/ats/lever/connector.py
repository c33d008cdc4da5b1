"""Lever connector: the functions of `app.ats.connector.Connector`, gathered from the webhook and the client."""

from app.ats.lever.client import changed_since, probe, pull
from app.ats.lever.webhook import answer, parse, verify

__all__ = ["answer", "changed_since", "parse", "probe", "pull", "verify"]
