"use server";

import { revalidatePath } from "next/cache";
import { z } from "zod";
import { setNewPerDay } from "@/app/_server/own-data";
import { forgetViewer } from "@/app/_server/viewer";

const newPerDay = z.coerce.number().int().min(0).max(200);

export async function newPerDayAction(form: FormData): Promise<void> {
  const wanted = newPerDay.safeParse(form.get("newPerDay"));
  if (wanted.success) await setNewPerDay(wanted.data);
  revalidatePath("/", "layout");
}

export async function eraseAction(): Promise<void> {
  await forgetViewer();
  revalidatePath("/", "layout");
}
