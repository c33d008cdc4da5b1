"""Letters as messages: whole links, correct headers, and no harm from hostile names."""

import email
import re
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from html.parser import HTMLParser
from uuid import UUID, uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typing_extensions import override

from app.delivery.mail.letter import Letter, Link, Sender, Typed, as_bytes, compose
from app.requests.safe_text import LONGEST, harmless
from tests.delivery.post import OMAR, SENDER, a_letter

ROW = UUID("5b6ccf1e-9d3c-4a0c-9a62-3f1d1c0a7e11")
CODE = "ABCDEFGHJKMNPQRSTVWXYZ0123"
URL = f"https://debrief.example/r/{ROW}#c={CODE}"
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
FULL = a_letter(
    links=(Link("Answer or decline", URL),), typed=Typed(f"https://debrief.example/r/{ROW}", CODE), closing=("Bye.",)
)


def composed(letter: Letter, sender: Sender = SENDER) -> EmailMessage:
    return compose(letter, row_id=ROW, sender=sender, unsubscribe_token="t" * 64, now=NOW)


def arrived(letter: Letter, sender: Sender = SENDER) -> EmailMessage:
    return email.message_from_bytes(as_bytes(composed(letter, sender)), policy=SMTP)


def body(message: EmailMessage, subtype: str) -> str:
    part = message.get_body((subtype,))
    assert part is not None
    return str(part.get_content())


def test_headers() -> None:
    message = arrived(FULL)
    assert message["Message-ID"] == f"<{ROW}@debrief.example>"
    assert message["List-Unsubscribe"] == f"<https://debrief.example/u/{'t' * 64}>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Date"].datetime == NOW
    assert [message.get_all(name) for name in ("From", "To", "Subject")] == [
        ["Debrief <debrief@debrief.example>"],
        [OMAR],
        ["One question"],
    ]


def test_the_code_is_in_the_body_alone_and_not_at_its_beginning() -> None:
    message = arrived(FULL)
    assert not [value for _, value in message.items() if CODE in value]
    for subtype in ("plain", "html"):
        text = body(message, subtype)
        assert URL in text
        assert "ABCD-EFGH-JKMN-PQRS-TVWX-YZ01-23" in text
        shown = re.sub(r"<title>.*?</title>|<[^>]*>", "", text)
        assert shown.index("what counted?") < shown.index("ABCD")


@pytest.mark.parametrize("words", ["plain", "Grüße ✓", "x" * 3000])
def test_long_links_arrive_whole(words: str) -> None:
    url = "https://debrief.example/" + "a/" * 200 + "#c=" + CODE
    raw = as_bytes(composed(a_letter(paragraphs=(words,), links=(Link("Answer", url),))))
    assert b"quoted-printable" not in raw.lower()
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    message = email.message_from_bytes(raw, policy=SMTP)
    for subtype in ("plain", "html"):
        assert url in body(message, subtype)
        assert words in body(message, subtype)


class Seen(HTMLParser):
    """What a mail program would do with a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.loads: list[str] = []
        self.links: list[str] = []

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.loads += [name for name, _ in attrs if name in {"src", "srcset", "background", "action", "poster"}]
        self.links += [value or "" for name, value in attrs if name == "href"]


def seen(letter: Letter) -> Seen:
    parser = Seen()
    parser.feed(body(arrived(letter), "html"))
    return parser


def test_nothing_is_loaded_and_links_are_what_they_say() -> None:
    parser = seen(FULL)
    assert parser.loads == []
    assert set(parser.tags) & {"img", "script", "link", "iframe", "form", "object"} == set()
    assert parser.links == [URL, f"https://debrief.example/u/{'t' * 64}"]


NAMES = st.one_of(
    st.text(min_size=1, max_size=80),
    st.sampled_from(
        [
            "Ben\r\nBcc: dan@evil.example",
            "Ben\u2028Bcc: dan@evil.example",
            "Ben\x85X: y",
            "=?utf-8?q?Ben=0ABcc:_dan?=",
            "<img src=x onerror=alert(1)>",
            "{{ letter.to }}",
            "Ben https://evil.example/login",
            "www.evil.example Ben",
            "evil.example",
            "evil。example",
            "\u202eelpmaxe.live",
            "dan@evil.example",
            '"><a href="https://evil.example">',
        ]
    ),
)


@settings(deadline=None)
@given(NAMES)
def test_a_hostile_name_stays_a_name(name: str) -> None:
    shown = harmless(name)
    letter = a_letter(subject=f"{shown} asks", paragraphs=(f"{shown} asks.",), links=(Link("Answer", URL),))
    message = arrived(letter)
    assert sorted(message.keys()) == sorted(arrived(FULL).keys())
    parser = seen(letter)
    assert parser.tags == seen(a_letter(links=(Link("Answer", URL),))).tags
    assert parser.links[0] == URL
    assert "{{" not in shown or "{{" in body(message, "plain")


@settings(deadline=None)
@given(NAMES)
def test_what_a_mail_carries_of_the_candidates_text(name: str) -> None:
    shown = harmless(name)
    assert 1 <= len(shown) <= LONGEST
    assert not re.search(r"://|www\.|@|\w[.\u3002\uff0e\uff61]\w|[\r\n\u2028\u2029\u202e\x85]", shown)
    assert harmless(shown) == shown


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Ben Ode", "Ben Ode"),
        ("Zoë D’Arcy-Łukasz", "Zoë D’Arcy-Łukasz"),
        ("Booking.com", "Booking com"),
        ("C++/Node.js developer (m/f/d)", "C++/Node js developer (m/f/d)"),
        ("Smith & Sons Ltd.", "Smith & Sons Ltd."),
        ("王小明", "王小明"),
        ("https://evil.example", "…"),
        ("x" * 80, "x" * 59 + "…"),
    ],
)
def test_ordinary_names_are_left_alone(name: str, shown: str) -> None:
    assert harmless(name) == shown


@settings(deadline=None)
@given(st.from_regex(r"\A[a-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@acme\.example\Z"))
def test_every_address_that_we_accept_can_be_written_to(address: str) -> None:
    message = arrived(a_letter(to=address))
    assert message["To"] == address


def test_the_operator_is_named() -> None:
    sender = Sender("debrief@debrief.example", "https://debrief.example", "Acme <IT> & Co")
    message = arrived(FULL, sender)
    assert "run by Acme <IT> & Co" in body(message, "plain")
    assert "run by Acme &lt;IT&gt; &amp; Co" in body(message, "html")


def test_ids_differ_by_row_alone() -> None:
    one = compose(FULL, row_id=uuid4(), sender=SENDER, unsubscribe_token="t", now=NOW)
    assert one["Message-ID"] != composed(FULL)["Message-ID"]


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("\u0639\u0644\u06cc\u200c\u0631\u0636\u0627", "\u2068\u0639\u0644\u06cc\u200c\u0631\u0636\u0627\u2069"),
        ("Ada \U0001f469\u200d\U0001f4bb", "Ada \U0001f469\u200d\U0001f4bb"),
        ("B\u200ben\u202e", "Ben"),
        ("\u200b", "…"),
    ],
)
def test_a_name_keeps_its_joiners_and_turns_nothing_around(name: str, shown: str) -> None:
    assert harmless(name) == shown


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Omar Haddad", "Omar Haddad"),
        ("Zoë D’Arcy-Łukasz", "Zoë D’Arcy-Łukasz"),
        ("\u0639\u0644\u06cc\u200c\u0631\u0636\u0627", "\u0639\u0644\u06cc\u200c\u0631\u0636\u0627"),
        ("王小明", "王小明"),
        ("Haddad, Omar", "Haddad Omar"),
        ('"Omar" <evil@evil.example>', "Omar evil evil example"),
        ("evil.example", "evil example"),
        ("=?utf-8?q?x=40evil.example=3e=2c?=", "utf-8 q x 40evil example 3e 2c"),
        ("Omar\r\nBcc: evil@evil.example", "Omar Bcc evil evil example"),
        ("Omar \u202etest\u2066", "Omar test"),
        ("x" * 80, "x" * 60),
    ],
)
def test_a_name_stands_before_the_address(name: str, shown: str) -> None:
    message = arrived(a_letter(name=name))
    (to,) = message["To"].addresses
    assert (to.display_name, to.addr_spec) == (shown, OMAR)
    assert message["Bcc"] is None


@pytest.mark.parametrize("name", ["", "…", "\u202e", "<>"])
def test_without_a_name_the_address_stands_alone(name: str) -> None:
    assert as_bytes(composed(a_letter(name=name))).count(b"\r\nTo: " + OMAR.encode() + b"\r\n") == 1


@settings(deadline=None)
@given(st.text(max_size=80), st.from_regex(r"\A[a-z0-9.!#$%&'*+/=^_`{|}~-]{1,64}@acme\.example\Z"))
def test_no_name_changes_who_is_written_to(name: str, address: str) -> None:
    message = arrived(a_letter(to=address, name=name))
    assert [one.addr_spec for one in message["To"].addresses] == [
        arrived(a_letter(to=address))["To"].addresses[0].addr_spec
    ]
    assert message.keys().count("To") == 1
    assert message.keys() == arrived(a_letter()).keys()


def test_replies_go_to_the_operator() -> None:
    sender = Sender("debrief@debrief.example", "https://debrief.example", reply_to="help@acme.example")
    assert arrived(FULL, sender)["Reply-To"] == "help@acme.example"
    assert arrived(FULL)["Reply-To"] is None
