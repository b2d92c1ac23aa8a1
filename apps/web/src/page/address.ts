/** Reads the page's settings from its address, so that a link leads to the same picture. */
export function setting(name: string): string | null {
  return new URLSearchParams(location.search).get(name);
}

/** Writes settings into the page's address; null leaves one out. */
export function keepSettings(settings: Record<string, string | number | null>): void {
  const search = new URLSearchParams(location.search);
  for (const [name, value] of Object.entries(settings)) {
    if (value === null) search.delete(name);
    else search.set(name, String(value));
  }
  history.replaceState(null, '', search.size > 0 ? `?${search}` : location.pathname);
}
