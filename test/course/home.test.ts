/** The front page shows what is really printed. `UPDATE=1` writes it. */
import { writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { loadCourse } from "@/app/_server/course";
import { openSession, parseTranscript, play, printTranscript } from "@/engine";

test("content/home.transcript is played in its lab", async () => {
  const { home } = await loadCourse();
  if (!home) throw new Error("content/home.transcript is missing");
  const { steps, differences } = play(openSession(home.lab.files, { seed: 1 }), parseTranscript(home.transcript, "home.transcript"));
  if (process.env.UPDATE) writeFileSync("content/home.transcript", printTranscript(steps));
  else expect(differences).toEqual([]);
});
