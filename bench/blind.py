"""`python -m bench.blind`: the cost of a blind round, as ratios to one multiplication by libsodium."""

import json
import statistics
import time
from collections.abc import Callable

from app.blinding import client, ristretto, voprf
from app.blinding.commitment import commitment_of
from app.blinding.encoding import base64url, read_base64url
from app.blinding.messages import TokenUse, exact, mac_of
from app.blinding.receipt import new_receipt
from app.core import randomness
from bench import bodies

_TIMES = 200


def report() -> str:
    """Return a table: microseconds and multiplications of each step, and bytes on the wire."""
    if not ristretto.available():
        return "Blind rounds SKIPPED: no libsodium found."
    seed, round_id, receipt = randomness.token_bytes(32), randomness.new_id(), new_receipt()
    keys = voprf.round_key_pair(seed, round_id)
    answer = bodies.submission()["answer"]
    blinded = client.blinded(receipt, round_id)
    element = read_base64url(blinded, ristretto.SIZE)
    evaluated, proof = voprf.evaluate_and_prove(keys, element)
    served = {"public_key": base64url(keys.public), "evaluated": base64url(evaluated), "proof": base64url(proof)}
    commitment = commitment_of(keys.public)
    token = client.unblind(receipt, round_id, **served, commitment=commitment)
    body = exact(answer)

    def redeem() -> bytes:
        output = voprf.evaluate(keys.secret, token.input)
        return mac_of(output, TokenUse.ANSWER, round_id, token.input, receipt_tag=token.receipt_tag, body=body)

    steps: dict[str, Callable[[], object]] = {
        "server: derive the keys": lambda: voprf.round_key_pair(seed, round_id),
        "server: evaluate and prove": lambda: voprf.evaluate_and_prove(keys, element),
        "server: redeem": redeem,
        "client: blind": lambda: client.blinded(receipt, round_id),
        "client: verify and finalize": lambda: client.unblind(receipt, round_id, **served, commitment=commitment),
        "client: mac": lambda: token.shown_for(TokenUse.ANSWER, answer),
    }

    def floor() -> bytes:
        return ristretto.multiply(keys.secret, element)

    lines = [f"{'blind rounds':<30}{'µs':>6}{'floor':>8}{'RATIO':>8}"]
    for name, step in steps.items():
        taken, beside = _measure(step, floor)
        lines.append(f"{name:<30}{taken:>6.0f}{beside:>8.0f}{taken / beside:>8.2f}")
    lines.append("The floor: one multiplication of an element by libsodium.")
    claim = {"code": "0" * 26, "blinded": blinded, "understood": True}
    claimed = {"status": "claimed", **served, "answers_from": "2026-12-01", "closes_on": "2026-12-08"}
    shown = token.shown_for(TokenUse.ANSWER, answer)
    lines.append(f"Bytes of JSON, unpadded: a claim {_size(claim)} up, {_size(claimed)} down; a token {_size(shown)}.")
    return "\n".join(lines)


def _measure(step: Callable[[], object], floor: Callable[[], object]) -> tuple[float, float]:
    """Return the median microseconds of both. They are measured in turn, because machines drift."""
    taken = [(_once(step), _once(floor)) for _ in range(_TIMES)]
    ours, beside = zip(*taken, strict=True)
    return statistics.median(ours), statistics.median(beside)


def _once(step: Callable[[], object]) -> float:
    began = time.perf_counter()
    step()
    return (time.perf_counter() - began) * 1e6


def _size(content: object) -> int:
    return len(json.dumps(content, separators=(",", ":")))


if __name__ == "__main__":
    print(report())
