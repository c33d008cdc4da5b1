"""Codes survive copying by hand; mistyped tokens are refused; neither can be guessed."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.tokens import digest, keyed_hash, new_code, new_token, read_code, read_token, well_formed

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_CODES = st.text(_ALPHABET, min_size=26, max_size=26)


def test_a_code_has_130_bits() -> None:
    made = [new_code() for _ in range(2000)]

    assert len(set(made)) == len(made)
    assert {len(code) for code in made} == {26}
    # Every character takes every value at every place: no bits are lost at either end.
    assert all({code[place] for code in made} == set(_ALPHABET) for place in range(26))


@given(_CODES, st.lists(st.tuples(st.integers(0, 25), st.sampled_from(" -")), max_size=12), st.booleans())
def test_code_is_read_despite_spaces_and_case(code: str, extras: list[tuple[int, str]], lower: bool) -> None:
    typed = code
    for place, extra in sorted(extras, reverse=True):
        typed = typed[:place] + extra + typed[place:]

    assert read_code(typed.lower() if lower else typed) == code


@pytest.mark.parametrize(("look_alike", "meant"), [("O", "0"), ("o", "0"), ("I", "1"), ("i", "1"), ("l", "1")])
def test_look_alike_characters_are_corrected(look_alike: str, meant: str) -> None:
    assert read_code("ABCDEFGHJKMNPQRSTVWXYZ012" + look_alike) == "ABCDEFGHJKMNPQRSTVWXYZ012" + meant


_CODE = "7M2X9QKD4TW8R0VHBN3YE5GJ6C"
_LINK = f"https://debrief.test/r/6f1d3a52-7c0e-4e0b-9c56-0a4d8f3b2e17#c={_CODE}"
_GROUPS = ["7M2X9", "QKD4T", "W8R0V", "HBN3Y", "E5GJ6", "C"]


@pytest.mark.parametrize(
    "pasted",
    [
        _LINK,
        f"<{_LINK}>",
        f"{_LINK}.",
        f"Hello,\n\nplease open {_LINK}, it takes a minute.\n",
        f"{_LINK}&k=Yw3NKWbEM2aRElRIu7JbTw",
        _LINK.replace("#c=", "#k=Yw3NKWbEM2aRElRIu7JbTw&amp;c="),
        _LINK.replace("#", "%23"),
        _LINK.replace("#", "%252523"),
        f"{_LINK}&k=Yw3NKWbEM2aRElRIu7JbTw".replace("#", "%23").replace("&", "%26"),
        _LINK.replace("#", "?utm_source=mail#"),
        _LINK.lower(),
        _LINK.replace(_CODE, _CODE[:9] + "\n" + _CODE[9:]),
        f"#c={_CODE}",
        f"c={_CODE}",
        f"#{_CODE}",
        f"“{_CODE}”",
        f"{_CODE}.",
        f"{_CODE};",
        f"Your code: {_CODE}",
        f"{_CODE} (works once)",
        *(
            mark.join(_GROUPS)
            for mark in (
                "-",
                "\u2010",
                "\u2011",
                "–",
                "—",
                "\u2212",
                "\uff0d",
                "\u00ad",
                "\u200b",
                " ",
                "\u00a0",
                "\t",
                "\n",
            )
        ),
        "\uff17\uff2d\uff12\uff38" + _CODE[4:],
    ],
)
def test_code_is_read_however_it_is_pasted(pasted: str) -> None:
    assert read_code(pasted) == _CODE


@pytest.mark.parametrize(
    "typed",
    [
        *(
            "",
            "A" * 25,
            "A" * 27,
            "U" * 26,
            "A" * 25 + "Ä",
            "A" * 25 + "٣",
            "A" * 25 + "\n",
            "A" * 25 + "\x00",
            "ß" * 26,
        ),
        *("ß" * 13, f"{_CODE}X", " ".join([*_GROUPS, "X"])),
        *(_LINK[:-1], f"{_LINK}X", _LINK.partition("#")[0]),
    ],
)
def test_malformed_code_is_not_read(typed: str) -> None:
    assert read_code(typed) is None


@given(st.text(max_size=40))
def test_every_read_code_is_well_formed(typed: str) -> None:
    code = read_code(typed)

    assert code is None or (len(code) == 26 and set(code) <= set(_ALPHABET))


def test_token_has_256_bits_and_a_prefix() -> None:
    made = [new_token("dm") for _ in range(500)]

    assert len(set(made)) == len(made)
    assert all(token.startswith("dm_") and len(token) == 3 + 43 + 6 for token in made)
    assert all(set(token) <= set(string.ascii_letters + string.digits + "-_") for token in made)
    assert all(well_formed(token, "dm") and not well_formed(token, "ds") for token in made)


@given(st.integers(0, 51), st.characters(codec="latin-1"))
def test_mistyped_token_fails_its_checksum(place: int, other: str) -> None:
    token = new_token("dm")
    slipped = token[:place] + other + token[place + 1 :]

    assert well_formed(slipped, "dm") == (slipped == token)


@pytest.mark.parametrize(
    "change", [lambda t: t[:-1], lambda t: t + "A", lambda t: "", lambda t: t[3:], lambda t: " " + t]
)
def test_truncated_token_is_refused(change: "type[str]") -> None:
    assert not well_formed(change(new_token("dm")), "dm")


@pytest.mark.parametrize(
    "pasted",
    [
        "{}",
        " {}\n",
        "“{}”.",
        "#m={}",
        "https://debrief.test/requests/6f1d3a52-7c0e-4e0b-9c56-0a4d8f3b2e17#m={}",
        "https://debrief.test/requests/6f1d3a52-7c0e-4e0b-9c56-0a4d8f3b2e17%2523m={},",
        "My own link:\nhttps://debrief.test/requests/6f1d3a52-7c0e-4e0b-9c56-0a4d8f3b2e17#m={}\n\nBen",
        "({})",
    ],
)
def test_token_is_read_however_it_is_pasted(pasted: str) -> None:
    tokens = [*(new_token("dm") for _ in range(20)), _with_two_hyphens()]
    for token in tokens:
        assert read_token(pasted.format(token), "dm") == token
        assert read_token(pasted.format(token[:20] + "\n" + token[20:]), "dm") == token
        assert read_token(pasted.format(token.replace("-", "\u2011")), "dm") == token
        assert read_token(pasted.format(token.replace("--", "—")), "dm") == token
        assert read_token(pasted.format(token), "ds") is None


def _with_two_hyphens() -> str:
    return next(token for _ in iter(int, 1) if "--" in (token := new_token("dm"))[3:])


@given(st.text(max_size=80))
def test_every_read_token_is_well_formed(pasted: str) -> None:
    token = read_token(f"dm_{pasted}", "dm")
    assert token is None or well_formed(token, "dm")


@pytest.mark.parametrize(
    "wrong", [lambda t: t[:-1], lambda t: t.lower(), lambda t: t[3:], lambda t: t[::-1], lambda _: ""]
)
def test_a_token_with_a_slip_is_not_read(wrong: "type[str]") -> None:
    assert read_token(wrong(new_token("dm")), "dm") is None


def test_a_digest_is_one_way_and_the_same_each_time() -> None:
    token = new_token("dm")

    assert digest(token) == digest(token)
    assert len(digest(token)) == 32
    assert token.encode() not in digest(token)


_PARTS = st.lists(st.binary(max_size=4), max_size=4)


@given(_PARTS, _PARTS)
def test_no_two_lists_of_parts_share_a_hash(one: list[bytes], other: list[bytes]) -> None:
    assert (keyed_hash(b"key", *one) == keyed_hash(b"key", *other)) == (one == other)


def test_the_hash_depends_on_the_key() -> None:
    assert keyed_hash(b"one", b"part") != keyed_hash(b"other", b"part")
