"""Feedback requests: raise, show, extend, withdraw, erase, read the feedback; the hiring manager's link."""
