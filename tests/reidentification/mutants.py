"""Mutants: mistakes that systems of this kind make, as patches of our source. A match must catch each of them.

Each names the level that catches it, and why. A patch that no longer fits fails its test.
"""

from tests.reidentification.features import Level
from tests.reidentification.mutation import Mutant, Patch

_ANSWERING = "app/rounds/invitee.py"
_API = "app/rounds/api/answers.py"
_BOX = "app/rounds/box.py"
_LETTERS = "app/requests/letters.py"
_PACKING = "app/rounds/packing.py"
_OPENING = "app/rounds/lifecycle.py"
_RELEASING = "app/rounds/release.py"
_TICK = "app/rounds/jobs.py"

_KEEP = "            opened.box.ballots.append(Ballot(canonical(answer), kept_tag))\n"
_IMPORTS = "from sqlalchemy.orm import Session\n"
_ACCEPTED = '    content = AnswerAccepted(\n        status="released" if accepted.mode'
_LETTERS_IMPORTS = "from app.core.errors import Unreadable\n"
_OPENED = "            secret = open_secret(key, row.id, row.payload)\n"
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
_NOT_YET = "not closes_now(_facts(session, row), now) and not _all_acted(session, round_key)"
# Once a day the service looks whether everyone has acted, and then opens the round.
_EARLY_CLOSE = (
    Patch(
        _RELEASING,
        "(RoundRow.state == RoundState.COLLECTING, RoundRow.closes_on < today)",
        "(RoundRow.state == RoundState.COLLECTING)",
    ),
    Patch(
        _RELEASING,
        "    if round_key.destroyed or not closes_now(_facts(session, row), now):\n"
        "        return round_key.destroyed\n",
        f"    if {_NOT_YET}:\n        return False\n",
    ),
    Patch(
        _RELEASING,
        "    if not closes_now(_facts(session, row), now):\n        return None\n",
        f"    if {_NOT_YET}:\n        return None\n",
    ),
    Patch(
        _RELEASING,
        "def _facts(",
        """\
def _all_acted(session, round_key):
    return all(code.uses_left == 0 for code in find_box(session, round_key, lock=False).box.codes)


def _facts(""",
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
    mail.write_text(f"Subject: Somebody has answered\\n\\n{{body.answer.advice[:30]}}...")
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
        "key left after release",
        "The key of a round outlives it: whoever kept the dumps of its days opens the box as it was after each step.",
        Level.EVERY,
        (
            Patch(
                _TICK,
                "        await keys.destroy(KeyName(Purpose.ROUND, round_id))\n        if state",
                "        if state",
            ),
            Patch(_TICK, "((Purpose.ROUND, release.find_over), (", "(("),
            Patch(_TICK, "release.find_without_dialogue_box)):", "release.find_without_dialogue_box),):"),
        ),
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
    Mutant(
        "release at the instant of the last answer",
        "The round is looked at after each answer, and opens with the last: everybody at work that day knows that "
        "whoever wrote last wrote at that moment. No pairing shows it; what the candidate can fetch moves, which it "
        "must never do because of one person.",
        Level.API,
        (
            *_EARLY_CLOSE,
            Patch(
                _API,
                "from app.rounds import blind, invitee",
                "from app.rounds import blind, invitee, jobs",
            ),
            Patch(
                _API,
                _ACCEPTED,
                f"    await jobs.tick(ctx.db, ctx.keys, ctx.clock.now())\n{_ACCEPTED}",
            ),
        ),
    ),
    Mutant(
        "automatic early close",
        "Once a day the service opens the rounds in which everyone has acted. (This was ours.) Whoever has two loyal "
        "colleagues knows by the day, and by the mail that follows, that the third has acted, and when.",
        Level.API,
        _EARLY_CLOSE,
        rounds=20,
    ),
    Mutant(
        "reminders to the silent only",
        "The worker drops the reminder of a person whose link was used: the employer's mail server sees who has acted.",
        Level.API,
        (
            Patch(
                _LETTERS,
                _LETTERS_IMPORTS,
                f"{_LETTERS_IMPORTS}from app.rounds.box_store import find_box\n"
                "from app.rounds.invitee import hash_code\nfrom app.sealing.keystore import find_key\n",
            ),
            Patch(
                _LETTERS,
                _OPENED,
                f"""{_OPENED}\
            if row.kind in (MailKind.FIRST_REMINDER, MailKind.SECOND_REMINDER):
                opened = await self._ctx.db.read(find_box, await find_key(self._ctx.keys, name), lock=False)
                code = opened.box.find(hash_code(self._ctx.pepper, secret.codes[0]))
                if code.uses_left == 0:
                    return None
""",
            ),
        ),
        links="mail",
        rounds=20,
    ),
)
