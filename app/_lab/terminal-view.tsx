"use client";

import "@xterm/xterm/css/xterm.css";
import { FitAddon } from "@xterm/addon-fit";
import { SearchAddon } from "@xterm/addon-search";
import { Unicode11Addon } from "@xterm/addon-unicode11";
import { WebLinksAddon } from "@xterm/addon-web-links";
import { type ITheme, Terminal } from "@xterm/xterm";
import { useEffect, useRef } from "react";
import type { RunningLab } from "./running-lab";
import styles from "./terminals.module.css";

const FONT_SIZE = 13.5;
const SETTLED_MS = 120;

type Props = { readonly lab: RunningLab; readonly id: string; readonly place: string; readonly shown: boolean; readonly screenReader: boolean };

/**
 * One xterm. It draws what the world prints and sends what is typed; echo, editing and history are the world's own. Ctrl-C copies
 * when something is selected and interrupts otherwise; Ctrl-V pastes; F6 leads out of it.
 */
export function TerminalView({ lab, id, place, shown, screenReader }: Props) {
  const element = useRef<HTMLDivElement>(null);
  const terminal = useRef<Terminal>(null);
  const fit = useRef<() => void>(null);

  useEffect(() => {
    const host = element.current;
    if (!host) return;
    const { term, fitNow, dispose } = attach(host, lab, id, place);
    terminal.current = term;
    fit.current = fitNow;
    return dispose;
  }, [lab, id, place]);

  useEffect(() => {
    if (!shown) return;
    fit.current?.();
    terminal.current?.focus();
  }, [shown]);

  useEffect(() => {
    if (terminal.current) terminal.current.options.screenReaderMode = screenReader;
  }, [screenReader]);

  return <div ref={element} className={styles.screen} hidden={!shown} data-terminal={id} />;
}

function attach(host: HTMLElement, lab: RunningLab, id: string, place: string) {
  const term = new Terminal({ allowProposedApi: true, fontFamily: fontOf(host), fontSize: FONT_SIZE, lineHeight: 1.25, scrollback: 5000, cursorBlink: !matchMedia("(prefers-reduced-motion: reduce)").matches, theme: themeOf(host), minimumContrastRatio: 4.5 });
  const fit = new FitAddon();
  for (const addon of [fit, new SearchAddon(), new WebLinksAddon(), new Unicode11Addon()]) term.loadAddon(addon);
  term.unicode.activeVersion = "11";
  term.open(host);
  term.textarea?.setAttribute("aria-label", `Terminal on ${place}. F6 leaves it.`);
  term.attachCustomKeyEventHandler((event) => ownKey(event, term));

  const { client } = lab;
  const detach = client.attach(id, (text, drawn) => term.write(text, drawn));
  const typing = term.onData((text) => client.keys(id, text));

  let settled: ReturnType<typeof setTimeout> | undefined;
  let size = "";
  const fitNow = () => {
    if (host.clientWidth === 0) return;
    fit.fit();
    const now = `${term.cols}x${term.rows}`;
    if (now === size) return;
    size = now;
    lab.input({ kind: "resize", terminal: id, columns: term.cols, rows: term.rows });
  };
  const observer = new ResizeObserver(() => {
    clearTimeout(settled);
    settled = setTimeout(fitNow, SETTLED_MS);
  });
  observer.observe(host);
  void document.fonts.ready.then(fitNow);

  const dispose = () => {
    clearTimeout(settled);
    observer.disconnect();
    typing.dispose();
    detach();
    term.dispose();
  };
  return { term, fitNow, dispose };
}

/** False keeps xterm's hands off a key, so that it reaches the browser or the page. */
function ownKey(event: KeyboardEvent, term: Terminal): boolean {
  if (event.key === "F6") return false;
  const control = event.ctrlKey && !event.altKey && !event.metaKey;
  if (control && event.key.toLowerCase() === "v") return false;
  if (control && event.key.toLowerCase() === "c" && term.hasSelection()) {
    if (event.type === "keydown") void navigator.clipboard.writeText(term.getSelection()).then(() => term.clearSelection());
    return false;
  }
  return true;
}

function fontOf(host: HTMLElement): string {
  return getComputedStyle(host).getPropertyValue("--mono");
}

/** The page's own tokens; xterm wants them as colours it can compute with. */
function themeOf(host: HTMLElement): ITheme {
  const probe = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const style = getComputedStyle(host);
  const token = (name: string): string => {
    if (!probe) return "";
    probe.fillStyle = style.getPropertyValue(name);
    probe.fillRect(0, 0, 1, 1);
    const [red = 0, green = 0, blue = 0] = probe.getImageData(0, 0, 1, 1).data;
    return `#${[red, green, blue].map((part) => part.toString(16).padStart(2, "0")).join("")}`;
  };
  const foreground = token("--term-ink");
  return {
    background: token("--term"),
    foreground,
    cursor: token("--term-accent"),
    cursorAccent: token("--term"),
    selectionBackground: `${token("--term-accent")}55`,
    red: token("--term-red"),
    green: token("--term-green"),
    yellow: token("--term-yellow"),
    blue: token("--term-blue"),
    magenta: token("--term-magenta"),
    cyan: token("--term-accent"),
    white: token("--term-soft-ink"),
    brightBlack: token("--term-soft"),
    brightWhite: foreground,
  };
}
