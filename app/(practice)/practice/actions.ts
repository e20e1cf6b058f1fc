"use server";

import { refresh } from "next/cache";
import { answer, undo } from "@/app/_server/practice";

export async function answerAction(key: string, rating: number): Promise<void> {
  if (typeof key !== "string" || (rating !== 1 && rating !== 2 && rating !== 3 && rating !== 4)) return;
  await answer(key, rating);
  refresh();
}

export async function undoAction(): Promise<void> {
  await undo();
  refresh();
}
