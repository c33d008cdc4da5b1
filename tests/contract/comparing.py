"""What a new version of the contract takes away from those who wrote against the old one.

Two documents are compared operation by operation. What clients send may be asked less of and taken more of; what they
read may hold more and promise more. Everything else breaks somebody. A new value of an enum in an answer does not
count: docs/api-policy.md asks clients to take values that they don't know.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

Schema = Mapping[str, Any]
_METHODS = ("get", "put", "post", "patch", "delete", "head", "options")
_DEEPEST = 24  # Schemas may hold themselves.
_LOWER = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
_UPPER = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")


class Way(Enum):
    """Who reads a value: the service, what a client sends, or the client, what the service answers."""

    SENT = "sent"
    ANSWERED = "answered"


@dataclass(frozen=True)
class Pair:
    """The two documents, and what they say of a place."""

    old_document: Schema
    new_document: Schema

    def resolved(self, old: Schema, new: Schema) -> tuple[Schema, Schema]:
        """Follow references."""
        return _resolved(self.old_document, old), _resolved(self.new_document, new)


def breaking(old: Schema, new: Schema) -> list[str]:
    """Return what breaks clients of `old` when the service becomes `new`: a sentence each, in the order of paths."""
    pair = Pair(old, new)
    found: list[str] = []
    for path, methods in old["paths"].items():
        for method in (method for method in _METHODS if method in methods):
            place = f"{method.upper()} {path}"
            there = new["paths"].get(path, {}).get(method)
            found += [f"{place}: is gone"] if there is None else _operation(pair, place, methods[method], there)
    return list(dict.fromkeys(found))


def _operation(pair: Pair, place: str, old: Schema, new: Schema) -> Iterator[str]:
    if old.get("operationId") != new.get("operationId"):
        yield f"{place}: operationId changed, and with it the function's name in generated clients"
    yield from _security(place, old.get("security", []), new.get("security", []))
    yield from _parameters(pair, place, old, new)
    yield from _request_body(pair, place, old.get("requestBody"), new.get("requestBody"))
    for status, answer in old.get("responses", {}).items():
        there = new.get("responses", {}).get(status)
        if there is None:
            yield f"{place}: status {status} is gone"
        else:
            yield from _media(pair, f"{place} {status}", answer.get("content", {}), there.get("content", {}))


def _security(place: str, old: Sequence[Schema], new: Sequence[Schema]) -> Iterator[str]:
    """One of the ways in is enough; no way named, or an empty one, means that nothing is needed."""
    if not old or {} in old:
        if new and {} not in new:
            yield f"{place}: needs a key now"
        return
    for way in old:
        if new and way not in new and {} not in new:
            yield f"{place}: {' and '.join(way)} opens it no more"


def _parameters(pair: Pair, place: str, old: Schema, new: Schema) -> Iterator[str]:
    before = {(one["in"], one["name"].lower()): one for one in old.get("parameters", [])}
    after = {(one["in"], one["name"].lower()): one for one in new.get("parameters", [])}
    for (kind, name), one in before.items():
        there = after.get((kind, name))
        if there is None:
            yield f"{place}: parameter {name} in the {kind} is gone"
        else:
            if there.get("required") and not one.get("required"):
                yield f"{place}: parameter {name} is required now"
            yield from _schema(pair, f"{place} {name}", one.get("schema", {}), there.get("schema", {}), Way.SENT)
    for (kind, name), one in after.items():
        if (kind, name) not in before and one.get("required"):
            yield f"{place}: new required parameter {name} in the {kind}"


def _request_body(pair: Pair, place: str, old: Schema | None, new: Schema | None) -> Iterator[str]:
    if new is None:
        if old is not None:
            yield f"{place}: takes no body any more"
        return
    if new.get("required") and not (old or {}).get("required"):
        yield f"{place}: a body is required now"
    if old is not None:
        yield from _media(pair, f"{place} body", old["content"], new["content"], Way.SENT)


def _media(pair: Pair, place: str, old: Schema, new: Schema, way: Way = Way.ANSWERED) -> Iterator[str]:
    for media_type, one in old.items():
        if media_type not in new:
            yield f"{place}: {media_type} is gone"
        else:
            yield from _schema(pair, place, one.get("schema", {}), new[media_type].get("schema", {}), way)


def _schema(pair: Pair, place: str, old: Schema, new: Schema, way: Way, depth: int = 0) -> Iterator[str]:
    old, new = pair.resolved(old, new)
    if depth > _DEEPEST:
        return
    if _variants(old) or _variants(new):
        yield from _choice(pair, place, old, new, way, depth)
        return
    yield from _types(place, old, new, way)
    yield from _values(place, old, new, way)
    if way is Way.SENT:
        yield from _limits(place, old, new)
    yield from _fields(pair, place, old, new, way, depth)
    if isinstance(old.get("items"), dict) and isinstance(new.get("items"), dict):
        yield from _schema(pair, f"{place}[]", old["items"], new["items"], way, depth + 1)
    extra_old, extra_new = old.get("additionalProperties"), new.get("additionalProperties")
    if isinstance(extra_old, dict) and isinstance(extra_new, dict):
        yield from _schema(pair, f"{place}.*", extra_old, extra_new, way, depth + 1)
    elif way is Way.SENT and extra_new is False and extra_old is not False and old.get("type") == "object":
        yield f"{place}: fields that are not known are refused now"


def _choice(pair: Pair, place: str, old: Schema, new: Schema, way: Way, depth: int) -> Iterator[str]:
    """Each of the one side's variants needs one on the other side that does in its place."""
    before, after = _variants(old) or [old], _variants(new) or [new]
    must_fit, among = (before, after) if way is Way.SENT else (after, before)
    for one in must_fit:
        tried = []
        for other in among:
            first, second = (one, other) if way is Way.SENT else (other, one)
            tried.append(list(_schema(pair, place, first, second, way, depth + 1)))
        if all(tried):
            named = _name(one)
            # With one fitting by name, what differs in it says more than that it does not fit.
            alike = [faults for other, faults in zip(among, tried, strict=True) if _name(other) == named]
            told = "is taken no more" if way is Way.SENT else "is a new kind of answer"
            yield from alike[0] if alike else [f"{place}: {named} {told}"]


def _types(place: str, old: Schema, new: Schema, way: Way) -> Iterator[str]:
    before, after = _type_names(old), _type_names(new)
    if before == after or (way is Way.SENT and not after) or (way is Way.ANSWERED and not before):
        return
    wide, narrow = (after, before) if way is Way.SENT else (before, after)
    if not narrow or not all(one in wide or (one == "integer" and "number" in wide) for one in narrow):
        yield f"{place}: type changed from {_told(before)} to {_told(after)}"


def _values(place: str, old: Schema, new: Schema, way: Way) -> Iterator[str]:
    before, after = _allowed(old), _allowed(new)
    if way is Way.SENT and after is not None:
        lost = [one for one in before or [] if one not in after]
        if before is None:
            yield f"{place}: only some values are taken now"
        elif lost:
            yield f"{place}: {', '.join(map(json.dumps, lost))} is taken no more"
    elif way is Way.ANSWERED and before is not None and after is None:
        yield f"{place}: any value may come now"


def _limits(place: str, old: Schema, new: Schema) -> Iterator[str]:
    for name in _LOWER:
        if name in new and new[name] > old.get(
            name, 0 if name.startswith("min") and name != "minimum" else float("-inf")
        ):
            yield f"{place}: {name} is {new[name]} now"
    for name in _UPPER:
        if name in new and new[name] < old.get(name, float("inf")):
            yield f"{place}: {name} is {new[name]} now"
    for name in ("pattern", "format", "multipleOf"):
        if name in new and new[name] != old.get(name):
            yield f"{place}: {name} is another now"


def _fields(pair: Pair, place: str, old: Schema, new: Schema, way: Way, depth: int) -> Iterator[str]:
    before, after = old.get("properties", {}), new.get("properties", {})
    must_before, must_after = set(old.get("required", [])), set(new.get("required", []))
    for name, one in before.items():
        if name not in after:
            yield f"{place}.{name}: is gone"
        else:
            yield from _schema(pair, f"{place}.{name}", one, after[name], way, depth + 1)
    if way is Way.SENT:
        for name in sorted(must_after - must_before):
            yield f"{place}.{name}: is required now"
    else:
        for name in sorted((must_before - must_after) & set(after)):
            yield f"{place}.{name}: may be missing now"


def _resolved(document: Schema, schema: Schema) -> Schema:
    while "$ref" in schema:
        found: Any = document
        for part in schema["$ref"].removeprefix("#/").split("/"):
            found = found[part.replace("~1", "/").replace("~0", "~")]
        schema = found
    return schema


def _variants(schema: Schema) -> list[Schema]:
    return list(schema.get("anyOf") or schema.get("oneOf") or [])


def _name(schema: Schema) -> str:
    return str(schema["$ref"].rpartition("/")[2] if "$ref" in schema else _told(_type_names(schema)))


def _type_names(schema: Schema) -> list[str]:
    named = schema.get("type", [])
    return [named] if isinstance(named, str) else list(named)


def _told(types: Sequence[str]) -> str:
    return " or ".join(types) or "any"


def _allowed(schema: Schema) -> list[Any] | None:
    return [schema["const"]] if "const" in schema else schema.get("enum")
