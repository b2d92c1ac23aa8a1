import { wilsonInterval } from '@onestep/metrics';

/** A share with its 95 % confidence interval: `93.1 % (91.0 to 94.7)`; `-` of nothing. */
export function formatShare(part: number, whole: number): string {
  if (whole === 0) return '-';
  const shares = [part / whole, ...wilsonInterval(part, whole)];
  const [share, low, high] = shares.map((value) => (100 * value).toFixed(1));
  return `${share} % (${low} to ${high})`;
}
