"""Mutants: mistakes that systems of this kind make, as patches of our source. A match must catch each of them.

Each names the level that catches it, and why. A patch that no longer fits fails its test.
"""

from tests.reidentification.features import Level
from tests.reidentification.mutation import Mutant, Patch

_ANSWERING = "app/rounds/invitee.py"
_API = "app/rounds/api/answers.py"
_BOX = "app/rounds/box.py"
_PACKING = "app/rounds/packing.py"
_OPENING = "app/rounds/lifecycle.py"
_RELEASING = "app/rounds/release.py"

_KEEP = "            opened.box.ballots.append(Ballot(canonical(answer), kept_tag))\n"
_IMPORTS = "from sqlalchemy.orm import Session\n"
_ACCEPTED = '    content = AnswerAccepted(\n        status="released" if accepted.mode'
_INSERT = "    if rows:\n        session.execute(insert(AnswerRow), rows)\n"
_BY_ID = "        for answer in sorted(released, key=lambda answer: answer.id)\n"
_MAILBOXES = "    _open_mailboxes(session, {tag: answer_id for tag, answer_id in tags.items() if tag})\n"


_WRITE_AT_ONCE = """\
    released = released_form(answer, mode=mode, words=True, worries=[], new_id=randomness.new_id)
    body = attributed.dump(attributed.Stored(released, None, None))
    session.execute(insert(AnswerRow), [{"id": released.id, "round_id": round_id, "body": body}])
"""
_STORE = Patch(
    _ANSWERING,
    "def already_answered() -> Conflict:\n",
    f"def store(session, round_id, mode, answer):\n{_WRITE_AT_ONCE}\n\ndef already_answered() -> Conflict:\n",
)
_STORE_IMPORTS = Patch(
    _ANSWERING,
    _IMPORTS,
    f"from sqlalchemy import insert, text\n{_IMPORTS}from app.answers.models import AnswerRow\n",
)
_NOT_AGAIN = Patch(_RELEASING, _INSERT, "")
# A table of invitations in clear text, as most systems have it.
_INVITATIONS = (
    Patch(_OPENING, _IMPORTS, f"from sqlalchemy import text\n{_IMPORTS}"),
    Patch(
        _OPENING,
        "    if round_key is not None:\n",
        """\
    session.execute(text("CREATE TABLE IF NOT EXISTS invitations (hash TEXT PRIMARY KEY, round TEXT, used INTEGER)"))
    for code in codes:
        session.execute(
            text("INSERT INTO invitations VALUES (:hash, :round, 0)"),
            {"hash": code.code_hash.hex(), "round": plan.id.hex},
        )
    if round_key is not None:
""",
    ),
)
_MARK_USED = """\
            session.execute(text("UPDATE invitations SET used = 1 WHERE hash = :hash"), {"hash": code_hash.hex()})
"""

MUTANTS = (
    Mutant(
        "naive, one transaction",
        "The answer is stored as it comes, in the transaction that marks its link: on PostgreSQL both rows have one "
        "xmin, in the final dump, too.",
        Level.FINAL,
        (
            *_INVITATIONS,
            _STORE_IMPORTS,
            _STORE,
            _NOT_AGAIN,
            Patch(
                _ANSWERING,
                _KEEP,
                f"{_KEEP}            store(session, opened.round_id, opened.mode, answer)\n{_MARK_USED}",
            ),
        ),
        "postgresql",
    ),
    Mutant(
        "naive, two transactions",
        "The same with a transaction for each: no row shares a number with another, but whoever dumps after each step "
        "sees them come together.",
        Level.EVERY,
        (
            *_INVITATIONS,
            _STORE_IMPORTS,
            _STORE,
            _NOT_AGAIN,
            Patch(_ANSWERING, _KEEP, _KEEP + _MARK_USED),
            Patch(
                _API,
                _ACCEPTED,
                "    if not accepted.repeated:\n"
                f"        await ctx.db.write(invitee.store, round_id, accepted.mode, body.answer)\n{_ACCEPTED}",
            ),
        ),
    ),
    Mutant(
        "created_at",
        "A moment is kept with each ballot and stored with the answer: in the final dump it stands beside the times of "
        "the access log.",
        Level.FINAL,
        (
            Patch(
                _ANSWERING,
                _KEEP,
                "            opened.box.ballots.append(Ballot(canonical(answer), now.isoformat().encode()))\n",
            ),
            Patch(
                _RELEASING,
                '"body": attributed.dump(attributed.Stored(answer, None, None))}\n' + _BY_ID,
                '"body": attributed.dump(\n            attributed.Stored(answer, datetime.fromisoformat('
                "ballots[index].tag.decode()), None))}\n"
                "        for (index, _), answer in sorted(\n"
                "            zip(decision.shown, released, strict=True), key=lambda pair: pair[1].id)\n",
            ),
            Patch(_RELEASING, _MAILBOXES, ""),
        ),
    ),
    Mutant(
        "UUIDv7",
        "An answer gets the id that it will be released under when it comes, of a kind that begins with the time: the "
        "order of the ids is that of the access log.",
        Level.FINAL,
        (
            Patch(
                _ANSWERING,
                _KEEP,
                """\
            moment = int(now.timestamp() * 1000).to_bytes(6, "big") + b"\\x70" + randomness.token_bytes(1)
            opened.box.ballots.append(Ballot(canonical(answer), moment + b"\\x80" + randomness.token_bytes(7)))
""",
            ),
            Patch(
                _RELEASING,
                "    rows: list[dict[str, Any]] = [\n",
                """\
    released = [
        one.model_copy(update={"id": UUID(bytes=ballots[index].tag)})
        for (index, _), one in zip(decision.shown, released, strict=True)
    ]
    rows: list[dict[str, Any]] = [
""",
            ),
            Patch(_RELEASING, _MAILBOXES, ""),
        ),
    ),
    Mutant(
        "outbox row per answer",
        "Each answer leaves a row, which names it by a digest so that nobody is told twice: it appears in the step in "
        "which its author wrote. The release deletes it, so that the final dump alone shows nothing.",
        Level.EVERY,
        (
            Patch(_ANSWERING, _IMPORTS, f"import hashlib\n{_IMPORTS}from app.delivery import outbox\n"),
            Patch(
                _ANSWERING,
                _KEEP,
                f"""{_KEEP}\
            outbox.enqueue(session, [outbox.NewRow(
                id=randomness.new_id(), kind="answered", group_id=opened.round_id, send_on=now.date(),
                held_for="outcome", payload=hashlib.sha256(body).digest(),
            )])
""",
            ),
        ),
    ),
    Mutant(
        "no shuffle in the box",
        "Ballots lie in the box as they came: the key and a single snapshot give their order, the access log that of "
        "their authors.",
        Level.ONE_KEY,
        (Patch(_PACKING, "    shuffle(box.ballots)\n", ""),),
    ),
    Mutant(
        "no shuffle at release",
        "Ballots are neither shuffled in the box nor sorted by a fresh id when they are written: the heap has them in "
        "the order in which they came.",
        Level.FINAL,
        (
            Patch(_PACKING, "    shuffle(box.ballots)\n", ""),
            Patch(_RELEASING, _BY_ID, "        for answer in released\n"),
        ),
        "postgresql",
    ),
    Mutant(
        "mail per answer",
        "The candidate gets a mail that quotes each answer as it comes: its time is that of a line in the access log.",
        Level.FINAL,
        (
            Patch(
                _API,
                _ACCEPTED,
                f"""\
    mail = ctx.keys._living.parent / "mail" / f"{{ctx.clock.now().timestamp()}}.eml"
    mail.parent.mkdir(exist_ok=True)
    mail.write_text(f"To: ben@example.org\\nSubject: Somebody has answered\\n\\n{{body.answer.advice[:30]}}...")
{_ACCEPTED}""",
            ),
        ),
    ),
    Mutant(
        "lengths",
        "The clients don't pad, and the proxy in front logs how much they send: the longest text, the longest request.",
        Level.FINAL,
        (Patch("tests/reidentification/clients.py", "padded(content) if pad else content", "content"),),
    ),
    Mutant(
        "spent list in order of use",
        "The box keeps used codes in the order of their use, and ballots are shuffled only when they are released: in "
        "a single snapshot the first code belongs to the first ballot, no log needed.",
        Level.ONE_KEY,
        (
            Patch(
                _ANSWERING,
                _KEEP,
                f"{_KEEP}            opened.box.codes.remove(code)\n            opened.box.codes.append(code)\n",
            ),
            Patch(_PACKING, "    box.codes.sort(key=lambda code: code.code_hash)\n    shuffle(box.ballots)\n", ""),
            Patch(
                _RELEASING,
                "    ballots = opened.box.ballots\n",
                "    ballots = opened.box.ballots\n    randomness.shuffle(ballots)\n",
            ),
        ),
    ),
    Mutant(
        "a mailbox only for those with a receipt",
        "Only answers that came with a receipt have a mailbox: the access log tells who visits one, and so who wrote "
        "them. (This was ours, until the game found it. It only divides a panel, which takes more rounds to see.)",
        Level.FINAL,
        (Patch(_ANSWERING, "kept_tag = tag or randomness.token_bytes(TAG_BYTES)\n", "kept_tag = tag\n"),),
        rounds=200,
    ),
    Mutant(
        "idempotency table",
        "Nonces lie in a table of their own with a digest of what they came with: the rows have the order of the "
        "access log, and the digests are those of the released answers.",
        Level.FINAL,
        (
            Patch(_ANSWERING, _IMPORTS, f"import hashlib\nfrom sqlalchemy import text\n{_IMPORTS}"),
            Patch(_OPENING, _IMPORTS, f"from sqlalchemy import text\n{_IMPORTS}"),
            Patch(
                _OPENING,
                "    if round_key is not None:\n",
                '    session.execute(text("CREATE TABLE IF NOT EXISTS sent (nonce TEXT, body TEXT)"))\n'
                "    if round_key is not None:\n",
            ),
            Patch(
                _ANSWERING,
                _KEEP,
                f"""{_KEEP}\
            session.execute(
                text("INSERT INTO sent VALUES (:nonce, :body)"),
                {{"nonce": nonce, "body": hashlib.sha256(body).hexdigest()}},
            )
""",
            ),
        ),
        rounds=100,  # Of 50, its z is near the limit.
    ),
    Mutant(
        "plain digest beside the code",
        "A repetition is recognised by a digest of the body that anybody can make: with the key, one snapshot names "
        "the author of each ballot.",
        Level.ONE_KEY,
        (
            Patch(_BOX, "from collections.abc import Callable", "import hashlib\nfrom collections.abc import Callable"),
            Patch(_BOX, "keyed_hash(nonce.encode(), code_hash, body)\n", "hashlib.sha256(body).digest()\n"),
        ),
    ),
)
