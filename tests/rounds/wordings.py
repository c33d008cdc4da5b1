"""Wordings of each kind of round, each with its caveats and its statement."""

from datetime import date
from typing import Any

from app.rounds.rules import CandidateHeldLinks, KBasis, OpenedBy, Threshold
from app.rounds.schemas import Reach
from app.rounds.statement import Wording
from app.vocabulary.codes import Mode

HANDED_OVER = Reach()
MAILED = Reach(mailed=True, domain="acme.com")
MAILED_ELSEWHERE = Reach(mailed=True)
VOUCHED = Reach(mailed=True, domain="acme.com", vouched=True)

THREE = (
    "No name is kept with any answer. “Ben Ode” reads them all at once on 1 December 2026, if at least 3 people at "
    "acme.com answer. What can still point to you: a detail or your style, the network you use, and whoever runs this "
    "server (Example Ltd) while answers come in."
)
ANSWERS = THREE.replace("3 people at acme.com answer", "3 answers come")
AT_DOMAIN = THREE.replace("3 people at acme.com answer", "3 answers come from addresses at acme.com")
OF_YOU = THREE.replace("3 people at acme.com answer", "3 of you answer")
PANEL = ANSWERS.replace("2026, if", "2026 (earlier if “Ada Ruiz” opens them), if")
IN_PERSON = " Write what you would also say to “Ben” in person."
IF_NOT = " If acme.com is not the company’s, 3 answers may not be 3 people."
MANAGER_LINK = " It came through the hiring manager’s link, which “Ben” could have opened first."
TWO = (
    "Two people were asked. No name is shown, but your colleague can tell, and “Ben Ode” can guess one in two, or "
    "better. If that is too close, decline. " + THREE.replace("3 people", "2 people")
)
BLIND = (
    "No name is kept with any answer. “Ben Ode” reads them all at once on 1 December 2026, if at least 3 people at "
    "acme.com answer. What can still point to you: a detail or your style. Not even the server operator can tell from "
    "stored data and logs which confirmed colleague wrote which text, provided at least three take part, and you "
    "answer from a network that is not tied to you, at another hour than your first visit."
)
FEW = "Fewer than three take part: whoever runs this server could tell, or guess, that it is you."
SIGNED = (
    "You answer “Ben Ode” by name, as if you replied to the note. This is not anonymous: “Ben” asked only you, and "
    "sees your answer in 15 minutes, signed “Ada Ruiz”. You see exactly what “Ben” will read before you send. Prefer "
    "not to? Decline, or call “Ben”."
)
TEAM = (
    "You answer for the hiring team. “Ben Ode” sees “The hiring team at Acme”, in 15 minutes, and will take it as "
    "yours. Leave out who thought what."
)


def a_wording(
    mode: Mode = Mode.SEALED,
    k: int = 3,
    *,
    basis: KBasis = KBasis.ALL,
    held: CandidateHeldLinks = CandidateHeldLinks.NONE,
    **over: Any,
) -> Wording:
    facts: dict[str, Any] = {
        "name": "Ben Ode",
        "company": "Acme",
        "people": 3,
        "reads_on": date(2026, 12, 1),
        "threshold": Threshold(mode, k, basis, held),
        "signature": None,
        "operator": "Example Ltd",
        "contact": None,
        "reach": VOUCHED,
    }
    return Wording(**facts | over)


ALL, SOME, NONE = CandidateHeldLinks.ALL, CandidateHeldLinks.SOME, CandidateHeldLinks.NONE
BY_MANAGER: dict[str, Any] = {"opened_by": OpenedBy.MANAGER, "manager": "Ada Ruiz"}

CASES: list[tuple[str, Wording, list[tuple[str, str]], str]] = [
    ("vouched for", a_wording(), [], THREE),
    ("some elsewhere do not count", a_wording(basis=KBasis.INDEPENDENT, held=SOME), [], THREE),
    (
        "mailed to a domain that the candidate named",
        a_wording(reach=MAILED),
        [("domain_named_by_candidate", "“Ben” chose these addresses, and says that acme.com is the company’s.")],
        AT_DOMAIN + IF_NOT + IN_PERSON,
    ),
    (
        "mailed, too few at the domain",
        a_wording(reach=VOUCHED, held=SOME),
        [
            (
                "addresses_chosen_by_candidate",
                "“Ben” chose these addresses and could read some, so 3 answers may not be 3 people.",
            )
        ],
        ANSWERS + IN_PERSON,
    ),
    (
        "mailed elsewhere",
        a_wording(reach=MAILED_ELSEWHERE, held=ALL),
        [
            (
                "addresses_chosen_by_candidate",
                "“Ben” chose these addresses and could read some, so 3 answers may not be 3 people.",
            )
        ],
        ANSWERS + IN_PERSON,
    ),
    (
        "handed over",
        a_wording(reach=HANDED_OVER, held=ALL),
        [("links_handed_over", "“Ben” could have some of these links, so 3 answers may not be 3 people.")],
        ANSWERS + IN_PERSON,
    ),
    (
        "forwarded by a manager whom the candidate gave a link",
        a_wording(reach=HANDED_OVER, held=ALL, **BY_MANAGER),
        [("links_through_candidate", "“Ben” could have this link too, so 3 answers may not be 3 people.")],
        PANEL + MANAGER_LINK + IN_PERSON,
    ),
    (
        "forwarded by a manager at a domain that the candidate named",
        a_wording(reach=MAILED, **BY_MANAGER),
        [
            (
                "links_through_named_domain",
                "This link came through an address at acme.com, which “Ben” says is the company’s.",
            )
        ],
        PANEL + IF_NOT + IN_PERSON,
    ),
    (
        "forwarded by a manager, vouched for",
        a_wording(**BY_MANAGER),
        [("links_through_manager", "This link came through the hiring manager.")],
        PANEL,
    ),
    (
        "named by a recruiting system",
        a_wording(opened_by=OpenedBy.CONNECTION, reach=Reach(mailed=True, vouched=True)),
        [
            (
                "named_by_recruiting_system",
                "“Acme”’s recruiting system named you. It does not learn whether you answer, or what.",
            )
        ],
        OF_YOU,
    ),
    ("ten people", a_wording(people=10), [], THREE),
    ("two people", a_wording(k=2, people=2), [], TWO),
    ("an operator without a name", a_wording(operator=None), [], THREE.replace(" (Example Ltd)", "")),
    ("blind", a_wording(Mode.BLIND), [], BLIND),
    ("blind, few take part", a_wording(Mode.BLIND, few=True), [], BLIND.partition("Not even")[0] + FEW),
    ("signed", a_wording(Mode.ATTRIBUTED, 1, people=1, signature="Ada Ruiz", reach=HANDED_OVER), [], SIGNED),
    (
        "signed by several",
        a_wording(Mode.ATTRIBUTED, 1, signature="Ada Ruiz"),
        [],
        SIGNED.replace("asked only you", "asked 3 people"),
    ),
    (
        "signed without a name",
        a_wording(Mode.ATTRIBUTED, 1, people=1),
        [],
        SIGNED.replace("signed “Ada Ruiz”", "signed with your name"),
    ),
    (
        "signed, named by a recruiting system",
        a_wording(Mode.ATTRIBUTED, 1, people=1, signature="Ada Ruiz", opened_by=OpenedBy.CONNECTION),
        [
            (
                "named_by_recruiting_system",
                "“Acme”’s recruiting system named you. It does not learn whether you answer, or what.",
            )
        ],
        SIGNED.replace(", as if you replied to the note", "").replace(
            "asked only you", "knows that only you were asked"
        ),
    ),
]
NAMES = [case for case, *_ in CASES]
