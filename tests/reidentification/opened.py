"""What an opened box shows, as tables: for whoever has the key of a round."""

import json
from hashlib import sha256

from app.rounds.box import Box
from tests.reidentification.capture import History


def see_box(history: History, name: str, round_id: str, box: Box | None) -> None:
    """Note what is in an opened box, as tables: its codes, its ballots, the tokens that were spent."""
    codes = [] if box is None else box.codes
    ballots = [] if box is None else box.ballots
    spent = [] if box is None else box.spent
    history.see_part(
        f"{name}.codes",
        ("round", "hash", "left", "declined", "marks", "claims"),
        [
            (
                round_id,
                one.code_hash,
                one.uses_left,
                ",".join(one.declined),
                _flat(one.marks),
                _flat(one.claims),
            )
            for one in codes
        ],
        owner=round_id,
    )
    bodies = [(round_id, one.body.decode(), one.tag, sha256(one.tag + one.body).hexdigest()) for one in ballots]
    history.see_part(f"{name}.ballots", ("round", "body", "tag", "digest"), bodies, owner=round_id)
    tokens = [(round_id, token, proof) for token, proof in spent]
    history.see_part(f"{name}.spent", ("round", "token", "proof"), tokens, owner=round_id)


def _flat(values: object) -> str:
    return json.dumps(values, default=bytes.hex)
