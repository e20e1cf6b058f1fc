"use client";

import { Monitor, Moon, Sun } from "lucide-react";
import { type Theme, THEMES } from "./theme";
import { useTheme } from "./theme-state";

const ICON = { system: Monitor, light: Sun, dark: Moon } as const;
const LABEL = { system: "as the system", light: "light", dark: "dark" } as const;

/** One button: system, light, dark, and round again. */
export function ThemeSwitch({ theme, className }: { readonly theme: Theme; readonly className?: string | undefined }) {
  const [chosen, choose] = useTheme(theme);
  const Icon = ICON[chosen];
  const next = THEMES[(THEMES.indexOf(chosen) + 1) % THEMES.length] ?? "system";
  return (
    <button type="button" className={className} onClick={() => choose(next)} title={`Colours: ${LABEL[chosen]}`} aria-label={`Colours: ${LABEL[chosen]}. Change`}>
      <Icon aria-hidden size={17} />
    </button>
  );
}
