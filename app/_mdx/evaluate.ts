/**
 * Turns compiled MDX into a component, on the server only: the browser's policy needs no eval. What is evaluated is the compiler's
 * output of a text that vocabulary-check.ts has found free of code.
 */
import "server-only";
import * as React from "react";
import * as jsxRuntime from "react/jsx-runtime";
import type { Compiled } from "./compile";

export type Prose = React.ComponentType<{ readonly components: Readonly<Record<string, React.ComponentType<never>>> }>;

const memory = new Map<string, Prose>();

export function evaluate({ key, code }: Compiled): Prose {
  const known = memory.get(key);
  if (known) return known;
  const scope: Record<string, unknown> = { React, ReactDOM: {}, _jsx_runtime: jsxRuntime };
  const prose = new Function(...Object.keys(scope), code)(...Object.values(scope)).default as Prose;
  memory.set(key, prose);
  return prose;
}
