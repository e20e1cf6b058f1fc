"use server";

import { revalidatePath } from "next/cache";
import { findLesson } from "@/app/_server/course";
import { Refused } from "@/app/_server/guard";
import { markRead, visit } from "@/app/_server/progress";

const LONGEST_PLACE = 200;

export async function markReadAction(form: FormData): Promise<void> {
  const lesson = await findLesson(String(form.get("lesson")));
  if (!lesson) return;
  await markRead(lesson.id, form.get("read") === "yes");
  revalidatePath("/", "layout");
}

/** The heading a reader has come to, so that they find it again. */
export async function visitAction(id: string, place: string): Promise<void> {
  if (typeof id !== "string" || typeof place !== "string" || place.length > LONGEST_PLACE) return;
  const lesson = await findLesson(id);
  // A newcomer who cannot be remembered reads on all the same.
  if (lesson) await visit(lesson.id, place).catch((problem) => {
    if (!(problem instanceof Refused)) throw problem;
  });
}
