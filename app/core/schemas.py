"""Base classes of schemas: strict input, complete output, and a limit for lists."""

from collections.abc import Sized
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler
from pydantic_core import CoreSchema, PydanticKnownError, core_schema


@dataclass(frozen=True)
class AtMost:
    """The limit of a list or object, checked before its items are: `Annotated[list[Item], AtMost(3)]`.

    `Field(max_length=3)` counts the items that are valid, so that of 20,000 wrong ones it reports each.
    """

    most: int
    # Whether the contract shows it as `maxItems`. A limit that a released contract does not show stays hidden: added
    # later, it would look like a breaking change.
    shown: bool = True

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        inner: dict[str, Any] = {**handler(source)}
        if self.shown:
            inner["max_length"] = self.most
        return core_schema.no_info_before_validator_function(self._check, inner)

    def _check(self, value: object) -> object:
        if isinstance(value, Sized) and not isinstance(value, str | bytes) and len(value) > self.most:
            context = {"field_type": "List", "max_length": self.most, "actual_length": len(value)}
            raise PydanticKnownError("too_long", context)
        return value


class Input(BaseModel):
    """A body or a part of one. The text below a field describes it in the contract, here and in answers.

    Unknown fields are refused: a misspelt field must not be lost in silence.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class Output(BaseModel):
    """An answer. Fields have no defaults, so that no answer can leave one out."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)
