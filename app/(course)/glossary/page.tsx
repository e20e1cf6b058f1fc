/** Every term in one sentence. */
import type { Metadata } from "next";
import { Inline } from "@/app/_mdx/inline";
import { loadCourse } from "@/app/_server/course";
import styles from "./glossary.module.css";

export const metadata: Metadata = { title: "Glossary" };

export default async function GlossaryPage() {
  const { glossary } = await loadCourse();
  const terms = Object.entries(glossary).sort(([a], [b]) => (a.toLowerCase() < b.toLowerCase() ? -1 : 1));
  return (
    <main id="main" className="page">
      <h1>Glossary</h1>
      <p className="lead">Each term in one sentence, as the lessons use it.</p>
      <dl className={styles.terms}>
        {terms.map(([term, sentence]) => (
          <div key={term}>
            <dt>{term}</dt>
            <dd><Inline text={sentence} /></dd>
          </div>
        ))}
      </dl>
    </main>
  );
}
