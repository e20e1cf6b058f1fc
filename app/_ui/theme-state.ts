"use client";

import { useEffect, useState } from "react";
import { rememberInCookie } from "./cookie";
import { type Theme, THEME_COOKIE } from "./theme";

const CHANGED = "podpath:theme";

/** The chosen colours, the same wherever on the page they can be chosen. */
export function useTheme(first: Theme): readonly [Theme, (theme: Theme) => void] {
  const [chosen, setChosen] = useState(first);

  useEffect(() => {
    const follow = () => setChosen((document.documentElement.dataset.theme ?? "system") as Theme);
    addEventListener(CHANGED, follow);
    return () => removeEventListener(CHANGED, follow);
  }, []);

  function choose(theme: Theme): void {
    document.documentElement.dataset.theme = theme;
    rememberInCookie(THEME_COOKIE, theme);
    dispatchEvent(new Event(CHANGED));
  }
  return [chosen, choose];
}
