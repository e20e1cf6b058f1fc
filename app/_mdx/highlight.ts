/** Code is coloured on the server, with the site's own colours: the theme is made of CSS variables (--code-*, in globals.css). */
import "server-only";
import { createCssVariablesTheme, createHighlighterCore, type HighlighterCore } from "shiki/core";
import { createJavaScriptRegexEngine } from "shiki/engine/javascript";

export const THEME = "podpath";

let made: Promise<HighlighterCore> | undefined;

export function highlighter(): Promise<HighlighterCore> {
  made ??= createHighlighterCore({
    themes: [createCssVariablesTheme({ name: THEME, variablePrefix: "--code-", fontStyle: true })],
    langs: [import("shiki/langs/yaml.mjs"), import("shiki/langs/bash.mjs"), import("shiki/langs/json.mjs"), import("shiki/langs/ini.mjs"), import("shiki/langs/http.mjs")],
    engine: createJavaScriptRegexEngine({ forgiving: true }),
  });
  return made;
}
