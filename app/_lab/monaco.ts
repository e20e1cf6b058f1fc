/** Monaco, on demand: a megabyte that only `kubectl edit` needs. Colours follow the page's. */
import * as monaco from "monaco-editor/editor/editor.api";
import "monaco-editor/features/register.all";
import "monaco-editor/languages/definitions/yaml/register";

type Environment = { MonacoEnvironment?: { getWorker: () => Worker } };

(globalThis as unknown as Environment).MonacoEnvironment = {
  getWorker: () => new Worker(new URL("./editor.worker.ts", import.meta.url), { type: "module" }),
};

// Monaco's own dark comments are too dim to be read by everybody.
monaco.editor.defineTheme("podpath-dark", { base: "vs-dark", inherit: true, rules: [{ token: "comment", foreground: "8ab577" }], colors: {} });

export type OpenEditor = { readonly value: () => string; readonly close: () => void };

type Actions = { readonly onChange: (value: string) => void; readonly onSave: () => void };

export function openEditor(host: HTMLElement, text: string, language: string, { onChange, onSave }: Actions): OpenEditor {
  const dark = getComputedStyle(host).colorScheme === "dark" || (document.documentElement.dataset.theme === "system" && matchMedia("(prefers-color-scheme: dark)").matches);
  const model = monaco.editor.createModel(text, language);
  const editor = monaco.editor.create(host, {
    model,
    theme: dark ? "podpath-dark" : "vs",
    automaticLayout: true,
    minimap: { enabled: false },
    fontFamily: getComputedStyle(host).getPropertyValue("--mono"),
    fontSize: 13.5,
    tabSize: 2,
    insertSpaces: true,
    scrollBeyondLastLine: false,
    wordWrap: "on",
    renderFinalNewline: "on", // Dimmed, its number is hard to read.
    // The text is what was typed, nothing more.
    autoClosingBrackets: "never",
    autoClosingQuotes: "never",
    accessibilitySupport: "auto",
    ariaLabel: "The object as YAML. Control-S saves; F6 leads to the buttons.",
  });
  editor.addCommand(monaco.KeyMod.CtrlCmd | monaco.KeyCode.KeyS, onSave);
  const listening = model.onDidChangeContent(() => onChange(model.getValue()));
  editor.focus();
  return {
    value: () => model.getValue(),
    close() {
      listening.dispose();
      editor.dispose();
      model.dispose();
    },
  };
}
