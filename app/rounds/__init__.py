"""Rounds: ask a group, collect sealed answers, release them. Only this package sees both people and answers."""
