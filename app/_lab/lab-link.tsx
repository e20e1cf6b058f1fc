"use client";

import Link, { useLinkStatus } from "next/link";
import { type ComponentProps, useEffect } from "react";
import styles from "./lab-link.module.css";
import { engineFiles, prepareWorker } from "./spare-worker";

/** How long a page is left alone before it fetches what the next one needs. */
const WAIT_MS = 700;

let fetched = false;

/** A link to a lab. The engine is started when somebody reaches for it, so that a click finds it running. */
export function LabLink({ children, ...link }: ComponentProps<typeof Link>) {
  useEffect(() => {
    const wait = setTimeout(fetchAhead, WAIT_MS);
    return () => clearTimeout(wait);
  }, []);
  return (
    <Link {...link} onPointerEnter={prepareWorker} onPointerDown={prepareWorker} onFocus={prepareWorker}>
      {children}
      <Opening />
    </Link>
  );
}

/** While the server is asked: a line along the top, which a quick answer never shows. */
function Opening() {
  const { pending } = useLinkStatus();
  return pending && <span className={styles.opening} aria-hidden />;
}

/** The workbench, the terminal and the engine, with the lowest of priorities. */
function fetchAhead(): void {
  if (fetched) return;
  fetched = true;
  void import("./workbench");
  void import("./terminal-view");
  for (const file of engineFiles()) void fetch(file, { priority: "low" }).catch(() => {});
}
