/**
 * Lets arrow keys move between the rows of a grid of radio buttons, and Home and End to its ends. Left and right are the browser's:
 * to the one before and after.
 */
export function moveInGrid(grid: HTMLElement): void {
  grid.addEventListener('keydown', (event) => {
    const radios = [...grid.querySelectorAll<HTMLInputElement>('input[type=radio]')];
    const next = target(radios, event);
    if (next === undefined) return;
    event.preventDefault();
    if (next === event.target) return;
    next.focus();
    next.click();
  });
}

/** Where a key leads; undefined where the browser knows. */
function target(radios: readonly HTMLInputElement[], event: KeyboardEvent): HTMLInputElement | undefined {
  const from = event.target as HTMLInputElement;
  if (event.altKey || event.ctrlKey || event.metaKey || !radios.includes(from)) return undefined;
  if (event.key === 'Home') return radios[0];
  if (event.key === 'End') return radios.at(-1);
  if (event.key !== 'ArrowUp' && event.key !== 'ArrowDown') return undefined;
  const way = event.key === 'ArrowUp' ? -1 : 1;
  const here = from.getBoundingClientRect();
  const places = radios.map((radio) => ({ radio, place: radio.getBoundingClientRect() }));
  // In a single row, or a single column, all arrows lead to the one before or after.
  const isGrid =
    places.some(({ place }) => place.top !== here.top) && places.some(({ place }) => place.left !== here.left);
  if (!isGrid) return undefined;
  const beyond = places.filter(({ place }) => way * (place.top - here.top) > 1);
  const row = Math.min(...beyond.map(({ place }) => way * (place.top - here.top)));
  const [nearest] = beyond
    .filter(({ place }) => way * (place.top - here.top) < row + 1)
    .sort((a, b) => Math.abs(a.place.left - here.left) - Math.abs(b.place.left - here.left));
  return nearest?.radio ?? from;
}
