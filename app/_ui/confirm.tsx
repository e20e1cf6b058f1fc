"use client";

import { AlertDialog } from "radix-ui";
import type { ReactNode } from "react";
import styles from "./dialog.module.css";

type Props = { readonly title: string; readonly text: string; readonly yes: string; readonly onYes: () => void; readonly children: ReactNode };

/** Asks before something that cannot be undone. `children` is the button that begins it. */
export function Confirm({ title, text, yes, onYes, children }: Props) {
  return (
    <AlertDialog.Root>
      <AlertDialog.Trigger asChild>{children}</AlertDialog.Trigger>
      <AlertDialog.Portal>
        <AlertDialog.Overlay className={styles.overlay} />
        <AlertDialog.Content className={styles.dialog}>
          <AlertDialog.Title className={styles.title}>{title}</AlertDialog.Title>
          <AlertDialog.Description>{text}</AlertDialog.Description>
          <p className={styles.actions}>
            <AlertDialog.Cancel className="button quiet">Cancel</AlertDialog.Cancel>
            <AlertDialog.Action className="button danger" onClick={onYes}>{yes}</AlertDialog.Action>
          </p>
        </AlertDialog.Content>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  );
}
