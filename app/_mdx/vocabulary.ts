/**
 * The words an author may use, with their attributes: "text" takes a value in quotes, "flag" stands alone; those in `required`
 * must be there. Anything else in a lesson that looks like code is refused by vocabulary-check.ts.
 */
export type Word = { readonly attributes: Readonly<Record<string, "text" | "flag">>; readonly required?: readonly string[]; readonly inside?: string };

const callout: Word = { attributes: { title: "text" } };

export const VOCABULARY: Readonly<Record<string, Word>> = {
  // What the lesson is for, and its story.
  Aim: { attributes: {} },
  Mission: { attributes: { title: "text" } },
  MissionSolved: { attributes: { title: "text" } },
  Takeaways: { attributes: {} },

  // Callouts.
  MentalModel: callout,
  UnderTheHood: callout,
  Gotcha: callout,
  Trivia: callout,
  WarStory: callout,
  Remember: callout,
  InterviewBridge: callout,
  Claim: { attributes: { by: "text" }, required: ["by"] },

  // Pictures. The fences ```console, ```flow and ```topology belong here too: see fences.ts.
  PacketWalk: { attributes: { title: "text" } },
  Hop: { attributes: { at: "text", packet: "text", verdict: "text" }, required: ["at"], inside: "PacketWalk" },

  // Practice.
  Flashcards: { attributes: { ids: "text", title: "text" } },
  Exercise: { attributes: { title: "text" }, required: ["title"] },
  Hint: { attributes: {}, inside: "Exercise" },
  Solution: { attributes: {}, inside: "Exercise" },
  Quiz: { attributes: { question: "text" }, required: ["question"] },
  Choice: { attributes: { right: "flag", because: "text" }, inside: "Quiz" },
  CheatSheet: { attributes: { title: "text" } },

  // References.
  Term: { attributes: { name: "text" } },
  LabCard: { attributes: { id: "text" }, required: ["id"] },
};

/** Words that the fences become; an author does not write them. */
export const MADE_BY_FENCES = ["Console", "Flow", "Topology"] as const;
