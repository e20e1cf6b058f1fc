export type Theme = "system" | "light" | "dark";

export const THEME_COOKIE = "podpath_theme";
export const THEMES: readonly Theme[] = ["system", "light", "dark"];
