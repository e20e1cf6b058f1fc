"use client";

import { Monitor, Moon, Sun } from "lucide-react";
import { useState } from "react";
import { rememberInCookie } from "./cookie";
import { type Theme, THEME_COOKIE, THEMES } from "./theme";

const ICON = { system: Monitor, light: Sun, dark: Moon } as const;
const LABEL = { system: "as the system", light: "light", dark: "dark" } as const;

/** One button: system, light, dark, and round again. */
export function ThemeSwitch({ theme, className }: { readonly theme: Theme; readonly className?: string | undefined }) {
  const [chosen, setChosen] = useState(theme);
  const Icon = ICON[chosen];

  function next(): void {
    const following = THEMES[(THEMES.indexOf(chosen) + 1) % THEMES.length] ?? "system";
    document.documentElement.dataset.theme = following;
    rememberInCookie(THEME_COOKIE, following);
    setChosen(following);
  }

  return (
    <button type="button" className={className} onClick={next} title={`Colours: ${LABEL[chosen]}`} aria-label={`Colours: ${LABEL[chosen]}. Change`}>
      <Icon aria-hidden size={17} />
    </button>
  );
}
