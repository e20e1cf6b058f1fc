import { Settings2 } from "lucide-react";
import Link from "next/link";
import { NavLink } from "./_ui/nav-link";
import type { Theme } from "./_ui/theme";
import { ThemeSwitch } from "./_ui/theme-switch";
import styles from "./site-header.module.css";

export function SiteHeader({ theme }: { readonly theme: Theme }) {
  return (
    <header className={styles.header}>
      <Link href="/" className={styles.brand}>
        <svg viewBox="0 0 32 32" width={24} height={24} aria-hidden>
          <path d="M7 25V13a6 6 0 0 1 6-6h6a6 6 0 0 1 0 12h-6" className={styles.path} />
          <circle cx="7" cy="25" r="3.2" className={styles.end} />
          <circle cx="13" cy="19" r="3.2" className={styles.dot} />
        </svg>
        Podpath
      </Link>
      <nav aria-label="Site" className={styles.nav}>
        <NavLink href="/course">Course</NavLink>
        <NavLink href="/labs">Labs</NavLink>
        <NavLink href="/practice">Practice</NavLink>
      </nav>
      <ThemeSwitch theme={theme} className={styles.icon} />
      <Link href="/settings" className={styles.icon} aria-label="Settings" title="Settings">
        <Settings2 aria-hidden size={17} />
      </Link>
    </header>
  );
}
