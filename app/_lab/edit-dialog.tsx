"use client";

import { Dialog } from "radix-ui";
import { useCallback, useEffect, useRef, useState } from "react";
import dialogStyles from "@/app/_ui/dialog.module.css";
import { focusTerminal } from "./focus-terminal";
import type { EditRequest } from "./lab-store";
import type { OpenEditor } from "./monaco";
import styles from "./workbench.module.css";

type Props = { readonly request: EditRequest; readonly onAnswer: (text: string | null) => void };

/**
 * The editor that a program in the world has asked for. Saving gives it the text and closes; what it makes of it, it says itself. What
 * was typed survives a reload of the page.
 */
export function EditDialog({ request, onAnswer }: Props) {
  const [host, setHost] = useState<HTMLDivElement | null>(null);
  const [failed, setFailed] = useState(false);
  const [asking, setAsking] = useState(false);
  const editor = useRef<OpenEditor>(null);
  const draft = `podpath-edit-${request.id}`;

  const answer = useCallback(
    (text: string | null) => {
      sessionStorage.removeItem(draft);
      onAnswer(text);
    },
    [draft, onAnswer],
  );
  const save = useCallback(() => editor.current && answer(editor.current.value()), [answer]);

  useEffect(() => {
    if (!host) return;
    let gone = false;
    const text = draftOf(draft, request.text);
    import("./monaco").then(
      ({ openEditor }) => {
        if (gone) return;
        editor.current = openEditor(host, text, request.language, {
          onChange: (value) => sessionStorage.setItem(draft, JSON.stringify({ of: request.text, value })),
          onSave: save,
        });
      },
      () => setFailed(true),
    );
    return () => {
      gone = true;
      editor.current?.close();
      editor.current = null;
    };
  }, [host, draft, request.text, request.language, save]);

  const cancel = () => (editor.current && editor.current.value() !== request.text && !asking ? setAsking(true) : answer(null));

  return (
    <Dialog.Root open onOpenChange={(open) => !open && cancel()}>
      <Dialog.Portal>
        <Dialog.Overlay className={dialogStyles.overlay} />
        <Dialog.Content className={`${dialogStyles.dialog} ${styles.editor}`} aria-describedby={undefined} onOpenAutoFocus={(event) => event.preventDefault()} onCloseAutoFocus={backToTerminal} onEscapeKeyDown={(event) => editor.current && event.preventDefault()} onPointerDownOutside={(event) => event.preventDefault()} onKeyDown={(event) => event.key === "F6" && goRound(event)}>
          <Dialog.Title className={dialogStyles.title}>{request.title}</Dialog.Title>
          {request.message && <pre className={styles.message} role="alert">{request.message}</pre>}
          {failed ? <p role="alert">The editor could not be loaded. Cancel, and try again.</p> : <div ref={setHost} className={styles.monaco} />}
          <p className={dialogStyles.actions}>
            {asking ? <span className={styles.asking} role="alert">Your changes will be lost.</span> : <span className={styles.keys}><kbd>Ctrl</kbd>+<kbd>S</kbd> saves. <kbd>F6</kbd> leaves the text, where Tab indents.</span>}
            <button type="button" className="button quiet" onClick={cancel}>{asking ? "Throw them away" : "Cancel"}</button>
            <button type="button" className="button" onClick={save}>Save and close</button>
          </p>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

/** The editor was asked for by a line in a terminal, and that is where whoever closes it goes on. */
function backToTerminal(event: Event): void {
  event.preventDefault();
  focusTerminal();
}

/** F6: from the text to the buttons and back. */
function goRound(event: React.KeyboardEvent<HTMLElement>): void {
  event.preventDefault();
  event.stopPropagation();
  const inText = (event.target as Element).closest(`.${styles.monaco}`) !== null;
  event.currentTarget.querySelector<HTMLElement>(inText ? "button.quiet" : `.${styles.monaco} :is(textarea, .native-edit-context)`)?.focus();
}

/** What was typed before a reload, if it was typed into this very text. */
function draftOf(key: string, text: string): string {
  const kept = sessionStorage.getItem(key);
  if (!kept) return text;
  const { of, value } = JSON.parse(kept) as { of: string; value: string };
  return of === text ? value : text;
}
