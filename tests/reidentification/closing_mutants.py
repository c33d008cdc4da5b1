"""Mutants about the days of a round: when it closes, what is destroyed then, and who is reminded before."""

from tests.reidentification.features import Level
from tests.reidentification.mutation import Mutant, Patch

_API = "app/rounds/api/answers.py"
_LETTERS = "app/requests/letters.py"
_RELEASING = "app/rounds/release.py"
_TICK = "app/rounds/jobs.py"

_ACCEPTED = '    content = AnswerAccepted(\n        status="released" if accepted.mode'
_LETTERS_IMPORTS = "from app.core.errors import Unreadable\n"
_OPENED = "            secret = open_secret(key, row.id, row.payload)\n"
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

CLOSING_MUTANTS = (
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
