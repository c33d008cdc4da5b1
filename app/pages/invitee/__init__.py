"""The pages behind a one-time link."""
