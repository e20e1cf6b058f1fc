"use client";

import { useEffect, useState } from "react";
import type { Heading } from "@/app/_mdx/headings";
import { visitAction } from "../../actions";
import styles from "./lesson.module.css";

const SETTLED_MS = 1500;

/** The parts of the page. It follows the reader, and remembers where they are for the next time. */
export function Contents({ lesson, headings }: { readonly lesson: string; readonly headings: readonly Heading[] }) {
  const [at, setAt] = useState("");

  useEffect(() => {
    const elements = headings.flatMap(({ id }) => document.getElementById(id) ?? []);
    const update = () => setAt(elements.filter((element) => element.getBoundingClientRect().top < innerHeight / 3).at(-1)?.id ?? "");
    const observer = new IntersectionObserver(update, { rootMargin: "0px 0px -66% 0px" });
    for (const element of elements) observer.observe(element);
    return () => observer.disconnect();
  }, [headings]);

  useEffect(() => {
    if (at === "") return;
    const settled = setTimeout(() => visitAction(lesson, at).catch(() => {}), SETTLED_MS);
    return () => clearTimeout(settled);
  }, [lesson, at]);

  return (
    <nav className={styles.contents} aria-label="On this page">
      <p className={styles.railTitle}>On this page</p>
      <ol>
        {headings.map((heading) => (
          <li key={heading.id} data-depth={heading.depth}>
            <a href={`#${heading.id}`} aria-current={heading.id === at ? "location" : undefined}>
              {heading.text}
            </a>
          </li>
        ))}
      </ol>
    </nav>
  );
}
