"use client";

import { BookOpen } from "lucide-react";
import { useSyncExternalStore } from "react";
import { rememberInCookie } from "@/app/_ui/cookie";
import styles from "./lesson.module.css";

const listeners = new Set<() => void>();

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

const isReading = () => "reading" in document.documentElement.dataset;

/** Reading mode: nothing but the text. The attribute on the root element is the state; a cookie keeps it. */
export function ReadingSwitch() {
  const reading = useSyncExternalStore(subscribe, isReading, () => false);

  function change(): void {
    if (reading) delete document.documentElement.dataset.reading;
    else document.documentElement.dataset.reading = "";
    rememberInCookie("podpath_reading", reading ? "0" : "1");
    for (const listener of listeners) listener();
  }

  return (
    <button type="button" className={styles.reading} aria-pressed={reading} onClick={change}>
      <BookOpen aria-hidden size={15} />
      Reading mode
    </button>
  );
}
