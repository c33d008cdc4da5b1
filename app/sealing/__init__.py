"""Sealed records: fixed-size encrypted records, and the store of their keys."""
