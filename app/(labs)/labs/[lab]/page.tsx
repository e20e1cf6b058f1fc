/** The workbench's page: finds the lab and the learner's world of it, and has the story written out. */
import { randomInt } from "node:crypto";
import type { Metadata } from "next";
import { notFound } from "next/navigation";
import type { ReactNode } from "react";
import { Workbench } from "@/app/_lab/workbench";
import { compile } from "@/app/_mdx/compile";
import { components } from "@/app/_mdx/components";
import { evaluate } from "@/app/_mdx/evaluate";
import { lastAttempt } from "@/app/_server/attempts";
import { findLab, findLesson, loadCourse } from "@/app/_server/course";
import { scriptUpTo } from "@/app/_server/lesson-script";
import type { LabFiles } from "@/engine";

type Props = { readonly params: Promise<{ lab: string }>; readonly searchParams: Promise<{ from?: string; block?: string }> };

/** What the tests play a lesson's console blocks with. */
const LESSON_SEED = 1;
const MOST_SEED = 0x7fff_ffff;

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const lab = await findLab((await params).lab);
  return lab ? { title: lab.summary.title, description: lab.summary.summary } : {};
}

export default async function LabPage({ params, searchParams }: Props) {
  const { summary, files, debrief, path } = (await findLab((await params).lab)) ?? notFound();
  const { from, block } = await searchParams;
  const lesson = from && block ? await findLesson(from) : undefined;
  const script = lesson ? scriptUpTo(lesson.source, summary.id, Number(block)) : [];
  const attempt = script.length > 0 ? undefined : await lastAttempt(summary.id);
  return (
    <main id="main">
      <Workbench
        lab={{
          summary,
          files: forTheLearner(files),
          seed: script.length > 0 ? LESSON_SEED : randomInt(MOST_SEED),
          attempt: attempt && { id: attempt.id, journal: attempt.journal, completed: attempt.completedAt !== null },
          script,
        }}
        story={await written(summary.story, `content/${path}/lab.yaml (story)`)}
        debrief={debrief === undefined ? null : await written(debrief, `content/${path}/debrief.mdx`)}
      />
    </main>
  );
}

/** The answers stay on the server. */
function forTheLearner(files: LabFiles): LabFiles {
  return Object.fromEntries(Object.entries(files).filter(([path]) => !/^(solutions|wrong)\/|^debrief\.mdx$/.test(path)));
}

async function written(source: string, path: string): Promise<ReactNode> {
  const [compiled, course] = await Promise.all([compile(source, path), loadCourse()]);
  const Prose = evaluate(compiled);
  return <Prose components={components({ path, cards: [], course, solved: new Set() })} />;
}
