"""Signatures: vectors of each system, and changes of them."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.ats.vectors import CHECKS, VECTORS, Vector

VALID = [one for one in VECTORS if one.valid]
WHOLE = [one for one in VALID if one.provider != "lever"]
STAMPED = {"standard_webhooks"}


def accepted(one: Vector, **over: object) -> bool:
    told = {"headers": one.headers, "body": one.body, "secrets": [one.key], "now": one.now, **over}
    return CHECKS[one.provider](told["headers"], told["body"], told["secrets"], told["now"])  # type: ignore[arg-type]


def test_every_system_has_valid_and_invalid_vectors() -> None:
    assert {one.provider for one in VALID} == {one.provider for one in VECTORS if not one.valid} == set(CHECKS)
    assert len(VECTORS) > 40


@pytest.mark.parametrize("one", VECTORS, ids=str)
def test_vector_is_accepted_or_refused(one: Vector) -> None:
    assert accepted(one) is one.valid


@pytest.mark.parametrize("one", VALID, ids=str)
def test_either_secret_is_accepted_during_rotation(one: Vector) -> None:
    assert accepted(one, secrets=["whsec_bmV3", one.key])
    assert accepted(one, secrets=[one.key, "whsec_bmV3"])


@pytest.mark.parametrize("one", VALID, ids=str)
def test_no_secret_accepts_nothing(one: Vector) -> None:
    assert not accepted(one, secrets=[])
    assert not accepted(one, secrets=[""])
    assert not accepted(one, headers={}) or one.provider == "lever"


@pytest.mark.parametrize("one", [one for one in VALID if one.provider in STAMPED], ids=str)
def test_clock_skew_up_to_five_minutes_is_accepted(one: Vector) -> None:
    stamp = one.now - timedelta(seconds=5)
    for seconds, taken in ((300, True), (301, False), (-300, True), (-301, False)):
        assert accepted(one, now=stamp + timedelta(seconds=seconds)) is taken


@given(st.data())
def test_changed_body_is_refused(data: st.DataObject) -> None:
    one = data.draw(st.sampled_from(WHOLE))
    at = data.draw(st.integers(0, len(one.body) - 1))
    byte = data.draw(st.integers(0, 255))
    changed = data.draw(
        st.sampled_from(
            [
                one.body[:at] + bytes([byte]) + one.body[at + 1 :],
                one.body[:at] + bytes([byte]) + one.body[at:],
                one.body[:at],
                one.body + b"\n",
            ]
        )
    )
    assert accepted(one, body=changed) is (changed == one.body)


@given(st.data())
def test_changed_signature_header_is_refused(data: st.DataObject) -> None:
    one = data.draw(st.sampled_from([one for one in WHOLE if "rotating" not in one.name]))
    read = [name for name in one.headers if "signature" in name]
    read += [name for name in ("webhook-id", "webhook-timestamp") if name in one.headers]
    name = data.draw(st.sampled_from(read))
    value = one.headers[name]
    at = data.draw(st.integers(0, len(value) - 1))
    sign = data.draw(st.characters(codec="latin-1"))
    changed = value[:at] + sign + value[at + 1 :]
    forms = {value, value.rstrip("=")}
    assert accepted(one, headers={**one.headers, name: changed}) is (changed in forms)


@given(st.dictionaries(st.sampled_from(sorted({name for one in VECTORS for name in one.headers})), st.text()))
def test_verify_raises_for_no_header(headers: dict[str, str]) -> None:
    for provider, check in CHECKS.items():
        one = next(one for one in VALID if one.provider == provider)
        assert check(headers, b"{}", [one.key], one.now) is False
