"use client";

import { useTransition } from "react";
import { Confirm } from "@/app/_ui/confirm";
import { eraseAction } from "./actions";

export function EraseButton({ known }: { readonly known: boolean }) {
  const [busy, start] = useTransition();
  return (
    <Confirm
      title="Erase everything?"
      text="Lessons read, labs and their worlds, flashcards and their schedule: all of it goes, for good. Take it away first if you may want it back."
      yes="Erase it"
      onYes={() => start(() => eraseAction())}
    >
      <button type="button" className="button quiet" disabled={!known || busy}>
        {known ? "Erase it" : "Nothing to erase"}
      </button>
    </Confirm>
  );
}
