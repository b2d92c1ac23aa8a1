/**
 * Makes a row of buttons one stop of the Tab key: arrow keys, Home and End move in it.
 *
 * @returns a function to call after buttons have been hidden or shown. If the one with the focus is hidden, the first has the
 *   focus, or `otherwise` if there is none
 */
export function moveInToolbar(toolbar: HTMLElement, otherwise: HTMLElement): () => void {
  const buttons = [...toolbar.querySelectorAll('button')];
  const shown = () => buttons.filter(({ hidden }) => !hidden);
  const makeStop = (stop: Element | undefined) => {
    for (const button of buttons) button.tabIndex = button === stop ? 0 : -1;
  };
  makeStop(buttons[0]);
  toolbar.addEventListener('focusin', ({ target }) => makeStop(target as Element));
  toolbar.addEventListener('keydown', (event) => {
    const places = shown();
    const at = places.indexOf(event.target as HTMLButtonElement);
    const to = at === -1 ? undefined : places[placeAfter(event.key, at, places.length)];
    if (to === undefined) return;
    event.preventDefault();
    to.focus();
  });
  return () => {
    const stop = buttons.find(({ tabIndex }) => tabIndex === 0)!;
    if (!stop.hidden) return;
    const [first] = shown();
    if (document.activeElement === stop) (first ?? otherwise).focus();
    makeStop(first ?? buttons[0]);
  };
}

/** @returns -1 for a key that does not move */
function placeAfter(key: string, at: number, length: number): number {
  if (key === 'ArrowRight' || key === 'ArrowDown') return (at + 1) % length;
  if (key === 'ArrowLeft' || key === 'ArrowUp') return (at + length - 1) % length;
  return key === 'Home' ? 0 : key === 'End' ? length - 1 : -1;
}
