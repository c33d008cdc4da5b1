"""The kinds of tokens: their prefixes let people, and scanners of leaked secrets, see what they hold."""

from enum import StrEnum


class TokenKind(StrEnum):
    """What a token gives access to."""

    MANAGE = "dm"
