"""The two kinds of things that travel: what we accept (strictly) and what we answer (completely)."""

from pydantic import BaseModel, ConfigDict


class Input(BaseModel):
    """A body or a part of one. Unknown fields are refused: a misspelt field must not be lost in silence."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Output(BaseModel):
    """An answer. Fields have no defaults, so that no answer can leave one out."""

    model_config = ConfigDict(frozen=True)
