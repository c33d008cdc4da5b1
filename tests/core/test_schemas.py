"""Inputs: every list has a limit that is checked before its items."""

from collections.abc import Iterator, Mapping, Sequence
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

import pytest
from pydantic import BaseModel, Field, ValidationError

import app.main
from app.accounts.rules import ConnectionSettings
from app.ats.ashby.schemas import Part as AshbyPart
from app.ats.greenhouse.schemas import Part as GreenhousePart
from app.ats.lever.schemas import Part as LeverPart
from app.ats.neutral.fields import Lenient
from app.core.schemas import AtMost, Input

READ_FROM_OUTSIDE = (Input, Lenient, AshbyPart, GreenhousePart, LeverPart)
# The payload of an event of any kind: of one that is known, another model reads it.
ANYTHING = {"payload"}

assert app.main.ROUTERS  # All models are loaded.


def unlimited(model: type[BaseModel]) -> Iterator[str]:
    """Yield the fields of `model` that hold a list or an object of any length."""
    for name, field in model.model_fields.items():
        if name not in ANYTHING and not limited(field.annotation, field.metadata):
            yield f"{model.__module__}.{model.__name__}.{name}"


def limited(annotation: Any, metadata: Sequence[Any] = ()) -> bool:
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return limited(inner[0], inner[1:])
    if origin in (Union, UnionType):
        return all(limited(one, metadata) for one in inner)
    is_open = isinstance(origin, type) and issubclass(origin, Sequence | Mapping | set | frozenset)
    if is_open and not any(isinstance(one, AtMost) for one in metadata):
        return False
    return all(limited(one) for one in inner)


def below(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    for kind in model.__subclasses__():
        yield kind
        yield from below(kind)


def test_every_input_list_has_a_limit() -> None:
    models = {kind for base in READ_FROM_OUTSIDE for kind in below(base)} | {ConnectionSettings}
    assert len(models) > 60
    assert sorted(fault for model in models if model.__module__.startswith("app.") for fault in unlimited(model)) == []


class Item(Input):
    name: str


class Late(Input):
    items: Annotated[tuple[Item, ...], Field(max_length=3)]


class Cut(Input):
    items: Annotated[tuple[Item, ...], AtMost(3)]
    maybe: Annotated[dict[str, Item], AtMost(2)] | None = None


def test_limit_after_item_validation_is_caught() -> None:
    assert list(unlimited(Late)) == [f"{__name__}.Late.items"]
    assert list(unlimited(Cut)) == []


def count(model: type[BaseModel], value: Any) -> int:
    with pytest.raises(ValidationError) as refused:
        model.model_validate(value)
    return refused.value.error_count()


def test_items_of_too_long_list_are_not_validated() -> None:
    wrong: list[Any] = [{}] * 20_000
    assert count(Late, {"items": wrong}) == 20_000
    assert count(Cut, {"items": wrong}) == 1
    assert count(Cut, {"items": wrong[:3]}) == 3
    assert count(Cut, {"items": [{"name": "a"}], "maybe": {str(key): {} for key in range(9_000)}}) == 1
    assert Cut.model_json_schema()["properties"]["items"]["maxItems"] == 3
