"""The form for what a reply changed, on the page of a link and on the manager's."""

from collections.abc import Iterable
from typing import Any, TypeVar
from uuid import UUID

from app.core.errors import FieldError
from app.exchange.schemas import EffectGiven
from app.pages.forms import Fields, Problems, problems, read
from app.vocabulary.dialogue_codes import Effect

E = TypeVar("E", bound=EffectGiven)

PREFIX = "effect:"
"""The prefix of the value that the button of the form sends; the id of the doubt follows."""

OF_PANEL = tuple(effect for effect in Effect if effect is not Effect.REOPENED)
OF_MANAGER = tuple(Effect)
_KEYS = ("effect", "note", "question", "signature")
_STEP = {"text": "next_step", "link": "link", "reapply_from": "reapply_from"}


def form_of(concern_id: UUID) -> str:
    """Return the name of the form about this doubt; its fields begin with it."""
    return f"effect.{concern_id}"


def read_effect(model: type[E], fields: Fields, concern_id: UUID) -> E:
    """Read an effect from its form. Raises Invalid."""
    form = form_of(concern_id)
    data: dict[str, Any] = {"code": fields.one("code"), "concern_id": str(concern_id)}
    data |= {key: value for key in _KEYS if (value := fields.one(f"{form}.{key}"))}
    step = {key: value for key, name in _STEP.items() if (value := fields.one(f"{form}.{name}"))}
    if data.get("effect") == Effect.REOPENED:
        if step:
            data["next_step"] = step
    else:
        # These stay in the form if somebody chooses another effect.
        data.pop("signature", None)
    return read(model, data)


def problems_of(errors: Iterable[FieldError], concern_id: UUID) -> Problems:
    """Assign errors to the fields of the form."""
    form = form_of(concern_id)
    names = {f"/{key}": f"{form}.{key}" for key in _KEYS} | {"/next_step": f"{form}.next_step"}
    names |= {f"/next_step/{key}": f"{form}.{name}" for key, name in _STEP.items()}
    needed = {
        f"{form}.effect": "Choose what the reply changed.",
        f"{form}.next_step": "Say what happens next, so that nobody hopes for nothing.",
        f"{form}.signature": "Sign it with your name.",
    }
    return problems(errors, names, needed)
