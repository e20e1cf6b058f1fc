"use client";

import { Monitor, Moon, Sun } from "lucide-react";
import type { Theme } from "./theme";
import { useTheme } from "./theme-state";

const CHOICES = [
  { theme: "system", label: "As the system", icon: Monitor },
  { theme: "light", label: "Light", icon: Sun },
  { theme: "dark", label: "Dark", icon: Moon },
] as const;

/** All three colours side by side, by name. */
export function ThemeChoice({ theme: first, className }: { readonly theme: Theme; readonly className?: string | undefined }) {
  const [chosen, choose] = useTheme(first);
  return (
    <fieldset className={className} aria-label="Colours">
      {CHOICES.map(({ theme, label, icon: Icon }) => (
        <label key={theme}>
          <input type="radio" name="theme" className="visually-hidden" value={theme} checked={theme === chosen} onChange={() => choose(theme)} />
          <Icon aria-hidden size={16} />
          {label}
        </label>
      ))}
    </fieldset>
  );
}
