/** What a guest can choose, take away, and erase. */
import type { Metadata } from "next";
import { cookies } from "next/headers";
import { viewer } from "@/app/_server/viewer";
import { ThemeChoice } from "@/app/_ui/theme-choice";
import { type Theme, THEME_COOKIE } from "@/app/_ui/theme";
import { newPerDayAction } from "./actions";
import { EraseButton } from "./erase-button";
import styles from "./settings.module.css";

export const metadata: Metadata = { title: "Settings" };

export default async function SettingsPage() {
  const [learner, jar] = await Promise.all([viewer(), cookies()]);
  const theme = (jar.get(THEME_COOKIE)?.value ?? "system") as Theme;
  return (
    <main id="main" className="page">
      <h1>Settings</h1>
      <p className="lead">You are here as a guest: a cookie in this browser holds the key to your progress, and nothing else is known about you.</p>
      <div className={styles.settings}>
        <section>
          <h2>Appearance</h2>
          <ThemeChoice theme={theme} className={styles.choice} />
        </section>
        <section>
          <h2>Practice</h2>
          <form action={newPerDayAction}>
            <label htmlFor="new-per-day">New flashcards a day, at most</label>
            <p className={styles.row}>
              <input id="new-per-day" name="newPerDay" type="number" min={0} max={200} defaultValue={learner?.newPerDay ?? 20} required />
              <button type="submit" className="button quiet">Save</button>
            </p>
          </form>
        </section>
        <section>
          <h2>Your data</h2>
          <p>Lessons read, labs with their journals, cards and answers, in one JSON file.</p>
          <p className={styles.row}>
            <a className="button quiet" href="/api/export" download="podpath.json">Take it away</a>
            <EraseButton known={learner !== undefined} />
          </p>
        </section>
      </div>
    </main>
  );
}
