/**
 * The author's words as React has them, for one page: the lesson lends its cards, the course its labs and glossary.
 * vocabulary.ts says which words there are; the type of WORDS keeps the two together.
 */
import "server-only";
import type { ComponentType } from "react";
import type { Card, Course } from "@/app/_server/course";
import { Aim, Claim, Gotcha, InterviewBridge, MentalModel, Mission, MissionSolved, Remember, Takeaways, Trivia, UnderTheHood, WarStory } from "./callouts";
import { Console } from "./console";
import { FlashcardCheck } from "./flashcard-check";
import { Flow, Hop, PacketWalk, Topology } from "./pictures";
import { CheatSheet, Exercise, Hint, LabCard, Solution, Table, Term } from "./practice";
import { Choice, Quiz } from "./quiz";
import { LessonProblem } from "./vocabulary-check";

type Page = { readonly path: string; readonly lesson?: string; readonly cards: readonly Card[]; readonly course: Course; readonly solved: ReadonlySet<string> };

export function components({ path, lesson, cards, course, solved }: Page): Readonly<Record<string, ComponentType<never>>> {
  let terms = 0;
  const words = {
    Aim, Mission, MissionSolved, Takeaways, MentalModel, UnderTheHood, Gotcha, Trivia, WarStory, Remember, InterviewBridge, Claim,
    PacketWalk, Hop, Flow, Topology, Exercise, Hint, Solution, Quiz, Choice, CheatSheet,
    table: Table,
    // rendered once, on the server.
    Console: (props: Parameters<typeof Console>[0]) => <Console {...props} {...(lesson ? { lesson } : {})} />,
    // rendered once, on the server.
    Flashcards: ({ ids, title = "Do you still know?" }: { ids?: string; title?: string }) => <FlashcardCheck cards={chosen(ids)} title={title} />,
    // rendered once, on the server.
    Term: ({ name, children }: { name?: string; children: string }) => <Term id={`term-${++terms}`} explanation={explained(name ?? String(children))}>{children}</Term>,
    // rendered once, on the server.
    LabCard: ({ id }: { id: string }) => {
      const lab = course.labs.find((entry) => entry.summary.id === id);
      if (!lab) throw new LessonProblem(`${path}: <LabCard id="${id}">: there is no such lab`);
      return <LabCard lab={lab.summary} done={solved.has(id)} />;
    },
  };

  function chosen(ids: string | undefined): readonly Card[] {
    if (ids === undefined) return cards;
    return ids.split(/[\s,]+/).map((id) => {
      const card = cards.find((known) => known.id === id);
      if (!card) throw new LessonProblem(`${path}: <Flashcards ids="${ids}">: cards.yaml has no card "${id}"`);
      return card;
    });
  }

  function explained(term: string): string {
    const found = Object.entries(course.glossary).find(([name]) => name.toLowerCase() === term.toLowerCase());
    if (!found) throw new LessonProblem(`${path}: <Term>${term}</Term>: glossary.yaml does not have it`);
    return found[1];
  }

  return words as unknown as Readonly<Record<string, ComponentType<never>>>;
}
