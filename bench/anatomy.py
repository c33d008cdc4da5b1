"""Anatomy of a request: the time of each step of ours, measured alone in this process."""

import json
import time
from collections.abc import Callable
from functools import partial
from uuid import UUID

from app.core import randomness
from app.core.http import read_json
from app.core.tokens import keyed_hash, new_code
from app.rounds.answer_schemas import AnswerCreate
from app.rounds.box import Ballot, Box, Channel, Code, size_of, spend
from app.rounds.packing import PackedBox, pack, unpack
from app.sealing.envelope import KEY_BYTES, Kind, seal, unseal, unseal_padded
from app.vocabulary.answer import canonical, faults
from app.vocabulary.codes import Mode, Role, Stage
from bench import bodies, stock

_TIMES = 300


def report() -> str:
    """Return a text with the median microseconds of each step."""
    size = size_of(stock.PEOPLE)
    key, owner, pepper = randomness.token_bytes(KEY_BYTES), randomness.new_id(), randomness.token_bytes(32)
    link = stock.Link(owner, new_code())
    raw = bodies.body(link, bodies.submission())
    value = read_json(raw)
    answer = AnswerCreate.model_validate(value).answer
    plain = canonical(answer)
    codes = [
        Code(
            code_hash=randomness.token_bytes(32), role=Role.INTERVIEWER, channel=Channel.HANDED_OVER, name="Omar Haddad"
        )
        for _ in range(stock.PEOPLE)
    ]
    box = Box(codes, [Ballot(plain)] * (stock.PEOPLE // 2))
    packed = pack(box, randomness.shuffle)
    sealed = seal(key, Kind.BOX, owner, packed, size=size)
    steps: dict[str, Callable[[], object]] = {
        "parse 32 KiB": lambda: read_json(raw),
        "validate": lambda: AnswerCreate.model_validate(value),
        "rules": lambda: faults(answer, stage=Stage.AFTER_DECISION, mode=Mode.SEALED, worries=1),
        "canonical": lambda: canonical(answer),
        "hash the code": lambda: keyed_hash(pepper, link.code.encode()),
        "decrypt 192 KiB": lambda: unseal(key, Kind.BOX, owner, sealed),
        "unpack": lambda: unpack(packed),
        "spend": lambda: spend(codes[0].model_copy(deep=True), "n" * 22, plain),
        "shuffle and pack": lambda: pack(box, randomness.shuffle),
        "encrypt 192 KiB": lambda: seal(key, Kind.BOX, owner, packed, size=size),
        "json.loads": lambda: json.loads(raw),
    }
    none = seal(key, Kind.BOX, owner, pack(Box(codes), randomness.shuffle), size=size)
    every = Box(codes, [Ballot(plain)] * stock.PEOPLE)
    full = seal(key, Kind.BOX, owner, pack(every, randomness.shuffle), size=size)
    forms = [_median(partial(_read_for_form, key, owner, ct, codes[0].code_hash)) for ct in (none, full)]
    yardstick = _median(steps.pop("json.loads"))
    taken = {name: _median(step) for name, step in steps.items()}
    listed = ", ".join(f"{name} {microseconds:.0f}" for name, microseconds in taken.items())
    return (
        f"Where the time goes, our own steps (µs): {listed}; together {sum(taken.values()):.0f}.\n"
        f"A form reads a box without a ballot in {forms[0]:.0f} µs, one with {stock.PEOPLE} in {forms[1]:.0f}.\n"
        "The rest of `CPU ours` is the framework, SQLAlchemy and the driver.\n"
        f"A yardstick for this machine: json.loads of the same body takes {yardstick:.0f}."
    )


def _read_for_form(key: bytes, owner: UUID, ct: bytes, code_hash: bytes) -> object:
    return PackedBox(*unseal_padded(key, Kind.BOX, owner, ct)).holder(code_hash)


def _median(step: Callable[[], object]) -> float:
    times = []
    for _ in range(_TIMES):
        began = time.perf_counter()
        step()
        times.append(time.perf_counter() - began)
    return sorted(times)[_TIMES // 2] * 1e6
