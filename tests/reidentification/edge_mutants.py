"""Mutants at the edges: what neighbours, networks, mail servers, stopwatches and habits tell. Each was ours once."""

from tests.reidentification.features import Level
from tests.reidentification.mutation import Mutant, Patch

_MIDDLEWARE = "app/core/middleware.py"
_STORE = "app/rounds/box_store.py"
_CLIENTS = "tests/reidentification/clients.py"
_CHECK = 'await desk.post(person.ip, f"{game.path}/preview", {"code": person.code, "answer": person.answer})\n'

EDGE_MUTANTS = (
    Mutant(
        "rate limit that counts every request",
        "Neighbours behind one address try wrong codes: the sooner they are refused, the more somebody else has sent.",
        Level.API,
        (
            Patch(
                _MIDDLEWARE,
                '            if message["type"] == "http.response.start" and message["status"] in _REFUSED_PROOF:\n'
                "                wait = limiter.take(client_address(scope, self._proxies))\n"
                "                if wait:\n",
                '            if message["type"] == "http.response.start":\n'
                "                wait = limiter.take(client_address(scope, self._proxies))\n"
                '                if wait and message["status"] in _REFUSED_PROOF:\n',
            ),
        ),
    ),
    Mutant(
        "form that reads the whole box",
        "Each ballot takes microseconds: whoever holds a link reads in them how many have answered.",
        Level.API,
        (Patch(_STORE, "holder = self.packed.holder(code_hash)", "holder = self.box.find(code_hash)"),),
    ),
    Mutant(
        "lock before looking",
        "PostgreSQL marks a row that was locked, even if nothing was written: refusals and repetitions stand in dumps.",
        Level.EVERY,
        (
            Patch(
                _STORE,
                "    result = attempt(False)\n    if result is None:\n        result = attempt(True)\n",
                "    result = attempt(True)\n",
            ),
        ),
        "postgresql",
    ),
    Mutant(
        "log of a page that the form links to",
        "The page of an answer links to the API: a line in the log tells when somebody was there.",
        Level.FINAL,
        (Patch(_MIDDLEWARE, '"/openapi.json", "/docs", "/for-employers")', '"/openapi.json", "/for-employers")'),),
    ),
    Mutant(
        "one tag for all rounds",
        "People use one receipt in several rounds. Who wrote what in one of them names them in the others.",
        Level.ONE_KEY,
        (
            Patch("app/blinding/receipt.py", 'f"debrief/v1/tag|{round_id}"', '"debrief/v1/tag"'),
            Patch(
                "app/rounds/invitee.py",
                'keyed_hash(pepper, b"receipt", round_id.bytes, receipt_tag.encode())',
                'keyed_hash(pepper, b"receipt", receipt_tag.encode())',
            ),
        ),
        rounds=100,  # Two batches, so that the same strategy works in both halves.
    ),
    Mutant(
        "typing survives",
        "Quotes, dashes, dots and spaces stay as they were typed: everybody has their own, and colleagues know them.",
        Level.API,
        (Patch("app/vocabulary/habits.py", "return fold(value) if isinstance(value, str) else value", "return value"),),
    ),
    Mutant(
        "preview while typing",
        "The page asks for a preview now and then: the longer the text, the more requests. Each has the same length.",
        Level.FINAL,
        (
            Patch(
                _CLIENTS,
                f"    {_CHECK}",
                f"    for _ in range(1 + len(person.body) // 100):\n        {_CHECK}",
            ),
        ),
        rounds=100,  # Of 50, its z is near the limit.
    ),
    Mutant(
        "a copy by mail for its author",
        "Everybody gets their own answer by mail: the employer's mail server has both, at its own domain at least.",
        Level.EMPLOYER,
        (
            Patch(
                "app/rounds/api/answers.py",
                '    content = AnswerAccepted(\n        status="released" if accepted.mode',
                """\
    from app.rounds.box_store import find_box
    opened = await ctx.db.read(find_box, await _find_round_key(ctx, round_id), lock=False)
    author = opened.box.find(invitee.hash_code(ctx.pepper, body.code))
    copy = ctx.keys._living.parent / "mail" / f"{ctx.clock.now().timestamp()}.eml"
    copy.parent.mkdir(exist_ok=True)
    copy.write_text(f"To: {author.address}\\nSubject: Your answer\\n\\n{body.answer.advice[:30]}...")
    content = AnswerAccepted(
        status="released" if accepted.mode""",
            ),
        ),
        links="mail",
    ),
)
