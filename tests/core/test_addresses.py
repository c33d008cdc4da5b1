"""Addresses: decoration is trimmed, hosts are encoded, and invalid ones are refused."""

from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from app.core.addresses import Domain, Email, mailbox_of, read_address

_EMAIL: TypeAdapter[str] = TypeAdapter(Email)
_DOMAIN: TypeAdapter[str] = TypeAdapter(Domain)
BEN = "ben@example.test"


@pytest.mark.parametrize("email", [BEN, "Ben.Ode+jobs@Mail.Example.TEST", "o'hara@a-b.example"])
def test_addresses(email: str) -> None:
    assert _EMAIL.validate_python(f" {email} ") == email.lower()


@pytest.mark.parametrize(
    "told",
    [
        "ben@example.test,",
        "ben@example.test;",
        "ben@example.test.",
        "<ben@example.test>",
        "<ben@example.test",
        "Ben Ode <Ben@Example.test>",
        '"Ode, Ben" <ben@example.test>,',
        "mailto:ben@example.test",
        "MAILTO:ben%40example.test?subject=Hi",
        "<mailto:ben@example.test>",
        "'ben@example.test'",
        "(ben@example.test)",
        "\u200bben@exam\u00adple.test\u202c",
        "ben@\uff25xample\u3002test",
        "ben@example.test\r\n",
    ],
)
def test_decoration_is_trimmed(told: str) -> None:
    assert _EMAIL.validate_python(told) == BEN


@pytest.mark.parametrize("host", ["bücher.example", "BÜCHER.example", "xn--bcher-kva.example", "bu\u0308cher.example"])
def test_a_host_is_kept_in_ascii(host: str) -> None:
    assert _EMAIL.validate_python(f"ben@{host}") == "ben@xn--bcher-kva.example"
    assert _DOMAIN.validate_python(host) == "xn--bcher-kva.example"


@pytest.mark.parametrize(
    "email",
    [
        "",
        "ben",
        "ben@localhost",
        "ben@@example.test",
        "ben@example..test",
        "ben@-example.test",
        "ben@1.2.3.4",
        "ben@[1.2.3.4]",
        "ben@exa_mple.test",
        "bücher@example.test",
        "ben@example.test\nBcc: dan@example.test",
        "ben ode@example.test",
        "a,b@example.test",
        "ben@example.test,dan@example.test",
        "ben@example.test dan@example.test",
        "mailto:ben@example.test,dan@example.test",
        "mailto:ben@example.test%0d%0aBcc:dan@example.test",
        "=?us-ascii?q?x=40evil.test=3e=2c=20=3cy?=@example.test",
        '"ben"@example.test',
        "x" * 65 + "@example.test",
        f"ben@{'x.' * 125}test",
        "ben@" + "ü" * 60 + ".example",
        "ben@" + "ü" * 5000 + ".example",
    ],
)
def test_invalid_addresses_are_refused(email: str) -> None:
    assert read_address(email) is None
    with pytest.raises(ValidationError) as caught:
        _EMAIL.validate_python(email)
    assert caught.value.errors()[0]["type"] in {"invalid_format", "string_too_long", "one_line"}


@given(st.from_regex(r"[!-~]{1,20}@[a-z]{1,9}\.(test|example)", fullmatch=True))
def test_header_parser_reads_the_same_single_address(told: str) -> None:
    found = read_address(told)
    if found is not None:
        assert read_address(found) == found
        message = EmailMessage()
        message["To"] = found
        assert [one.addr_spec for one in message["To"].addresses] == [found]


@pytest.mark.parametrize(
    ("address", "mailbox"),
    [
        ("omar@acme.example", "omar@acme.example"),
        ("omar+1@acme.example", "omar@acme.example"),
        ("omar+a+b@acme.example", "omar@acme.example"),
        # Elsewhere dots tell mailboxes apart, and a local part may begin with a plus.
        ("o.mar@acme.example", "o.mar@acme.example"),
        ("+omar@acme.example", "+omar@acme.example"),
        ("o.m.ar+x@gmail.com", "omar@gmail.com"),
        ("omar@googlemail.com", "omar@gmail.com"),
    ],
)
def test_tags_and_dots_name_the_same_mailbox(address: str, mailbox: str) -> None:
    assert mailbox_of(address) == mailbox


@pytest.mark.parametrize("domain", ["acme.example", "A-B.Example", "xn--bcher-kva.example"])
def test_valid_domains_are_normalised(domain: str) -> None:
    assert _DOMAIN.validate_python(domain) == domain.lower()


@pytest.mark.parametrize(
    "domain",
    ["acme", "acme.example/", "https://acme.example", "acme.example:443", "1.2.3.4", "x" * 300],
)
def test_invalid_domains_are_refused(domain: str) -> None:
    with pytest.raises(ValidationError):
        _DOMAIN.validate_python(domain)
