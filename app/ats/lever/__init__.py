"""Lever: its webhooks, of which only two members are signed, and its API, which is asked for everything else."""
