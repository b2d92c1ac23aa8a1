/** Marks a button as busy. It keeps the focus, which a disabled one would lose. */
export function setBusy(button: HTMLButtonElement, isBusy: boolean): void {
  button.setAttribute('aria-disabled', String(isBusy));
}

export function isBusy(button: HTMLButtonElement): boolean {
  return button.getAttribute('aria-disabled') === 'true';
}
