import styles from "./loading.module.css";

/** The workbench's outline, while the learner's world is fetched. */
export default function Loading() {
  return (
    <main id="main" className={styles.outline} aria-busy="true" aria-label="Opening the lab">
      <div />
      <div />
    </main>
  );
}
