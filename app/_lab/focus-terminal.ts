/** Puts the cursor into the terminal that is shown, if there is one. */
export function focusTerminal(within: ParentNode = document): void {
  within.querySelector<HTMLElement>("[data-terminal]:not([hidden]) textarea")?.focus();
}
