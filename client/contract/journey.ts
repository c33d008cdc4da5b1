// The story of one request, told through the client that is generated from the contract: what a program in TypeScript
// has to write, and what its compiler can check. `node journey.js ask URL`, and when the round is released,
// `node journey.js read URL ID TOKEN`; each prints one line of JSON.

import createClient from "openapi-fetch";
import type { components, paths } from "./schema.js";

declare const process: { argv: string[] };

type Answer = components["schemas"]["Answer"];
const [, , step, baseUrl = "", id = "", token = ""] = process.argv;
const debrief = createClient<paths>({ baseUrl });

function good<T>(outcome: { data?: T; error?: unknown }): T {
  if (outcome.data === undefined) {
    throw new Error(JSON.stringify(outcome.error));
  }
  return outcome.data;
}

async function ask(): Promise<void> {
  const raised = good(
    await debrief.POST("/v1/feedback-requests", {
      body: {
        candidate: { name: "Ben Ode" },
        company: "Acme",
        role_title: "Technical writer",
        invitees: [{ name: "Omar Haddad" }, { name: "Lin Mei" }],
      },
    }),
  );
  if (!("links" in raised)) {
    throw new Error("only the key of a connection is answered without links");
  }
  const round_id = raised.rounds[0]!.id;
  for (const link of raised.links) {
    const path = { round_id };
    const form = good(
      await debrief.POST("/v1/rounds/{round_id}/form", { params: { path }, body: { proof: "code", code: link.code } }),
    );
    if (form.request.candidate_name !== "Ben Ode") {
      throw new Error("the form is somebody else's");
    }
    const answer: Answer = { reasons: [{ code: "not_about_you" }], if_too_few: "release" };
    good(
      await debrief.POST("/v1/rounds/{round_id}/answers", {
        params: { path },
        body: { proof: "code", code: link.code, nonce: crypto.randomUUID(), answer },
      }),
    );
  }
  const again = await debrief.POST("/v1/rounds/{round_id}/form", {
    params: { path: { round_id } },
    body: { proof: "code", code: "0000-0000-0000" },
  });
  console.log(JSON.stringify({ id: raised.id, token: raised.manage_token, refused: again.error?.code }));
}

async function read(): Promise<void> {
  const feedback = good(
    await debrief.GET("/v1/feedback-requests/{request_id}/feedback", {
      params: { path: { request_id: id } },
      headers: { Authorization: `Bearer ${token}` },
    }),
  );
  const answers = feedback.rounds.flatMap((round) => ("answers" in round ? round.answers : []));
  console.log(JSON.stringify({ reasons: answers.map((answer) => answer.reasons.map((reason) => reason.code)) }));
}

await (step === "ask" ? ask() : read());
