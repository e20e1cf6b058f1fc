"use client";

import { Accessibility, Plus, X } from "lucide-react";
import { DropdownMenu } from "radix-ui";
import { useEffect, useRef, useState } from "react";
import { focusTerminal } from "./focus-terminal";
import type { LabState } from "./lab-store";
import type { RunningLab } from "./running-lab";
import styles from "./terminals.module.css";

// xterm measures itself against a real page: it cannot be rendered on a server. It is fetched while the world boots.
const loadView = () => import("./terminal-view");

const SCREEN_READER = "podpath-screen-reader";

/** Terminals as tabs, one a place, or several. */
export function Terminals({ lab, state }: { readonly lab: RunningLab; readonly state: LabState }) {
  const { terminals } = state;
  const [chosen, setChosen] = useState<string>();
  const [screenReader, setScreenReader] = useState(false);
  const [View, setView] = useState<Awaited<ReturnType<typeof loadView>>["TerminalView"]>();
  const screens = useRef<HTMLDivElement>(null);
  const opened = useRef(false);
  const shown = terminals.find((terminal) => terminal.id === chosen) ?? terminals.at(-1);

  useEffect(() => setScreenReader(localStorage.getItem(SCREEN_READER) === "on"), []);
  useEffect(() => void loadView().then(({ TerminalView }) => setView(() => TerminalView)), []);

  function switchScreenReader(): void {
    localStorage.setItem(SCREEN_READER, screenReader ? "off" : "on");
    setScreenReader(!screenReader);
  }

  function open(place: string): void {
    opened.current = true;
    setChosen(lab.openTerminal(place));
  }

  /** A menu gives the focus back to its button, but whoever has opened a terminal wants to type into it. */
  function afterMenu(event: Event): void {
    if (!opened.current) return;
    opened.current = false;
    event.preventDefault();
    focusTerminal(screens.current ?? document);
  }

  return (
    <section className={styles.terminals} aria-label="Terminals">
      <div className={styles.tabs}>
        <div role="tablist" aria-label="Terminals">
          {terminals.map(({ id, place }, i) => (
            <button key={id} type="button" role="tab" id={`tab-${id}`} className={styles.tab} aria-selected={id === shown?.id} aria-controls={`panel-${id}`} onClick={() => setChosen(id)}>
              {titleOf(lab, place)}
              {terminals.filter((other) => other.place === place).length > 1 && <small> {i + 1}</small>}
            </button>
          ))}
        </div>
        <DropdownMenu.Root>
          <DropdownMenu.Trigger className={styles.tool} aria-label="Open another terminal" title="Open another terminal" disabled={state.phase !== "ready"}>
            <Plus aria-hidden size={16} />
          </DropdownMenu.Trigger>
          <DropdownMenu.Portal>
            <DropdownMenu.Content className={styles.menu} align="start" sideOffset={6} onCloseAutoFocus={afterMenu}>
              {lab.lab.summary.places.map(({ id, title }) => (
                <DropdownMenu.Item key={id} className={styles.item} onSelect={() => open(id)}>
                  {title}
                </DropdownMenu.Item>
              ))}
            </DropdownMenu.Content>
          </DropdownMenu.Portal>
        </DropdownMenu.Root>
        {shown && (
          <button type="button" className={styles.tool} onClick={() => lab.closeTerminal(shown.id)} aria-label="Close this terminal" title="Close this terminal">
            <X aria-hidden size={15} />
          </button>
        )}
        <button type="button" className={styles.tool} aria-pressed={screenReader} onClick={switchScreenReader} title="Screen reader mode" aria-label="Screen reader mode">
          <Accessibility aria-hidden size={16} />
        </button>
      </div>
      <div className={styles.screens} ref={screens}>
        {state.phase === "booting" && (
          <p className={styles.booting}>
            <span className={styles.scripted}>Booting the cluster …</span>
            <noscript>The cluster runs inside this page, and needs JavaScript.</noscript>
          </p>
        )}
        {terminals.map(({ id, place }) => (
          <div key={`${lab.world}/${id}`} role="tabpanel" id={`panel-${id}`} aria-labelledby={`tab-${id}`} className={styles.panel} hidden={id !== shown?.id}>
            {View && <View lab={lab} id={id} place={place} shown={id === shown?.id} screenReader={screenReader} />}
          </div>
        ))}
        {state.phase === "ready" && terminals.length === 0 && (
          <p className={styles.booting}>
            All terminals are closed.{" "}
            <button type="button" className="button quiet" onClick={() => setChosen(lab.openTerminal(lab.lab.summary.places[0]?.id ?? "bastion"))}>
              Open one
            </button>
          </p>
        )}
      </div>
    </section>
  );
}

function titleOf(lab: RunningLab, place: string): string {
  return lab.lab.summary.places.find((known) => known.id === place)?.title ?? place;
}
