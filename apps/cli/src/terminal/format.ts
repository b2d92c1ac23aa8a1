/** Formats a duration as `42 s`, `3:07` or `2:03:07`. */
export function formatDuration(seconds: number): string {
  const total = Math.max(0, Math.round(seconds));
  if (total < 60) return `${total} s`;
  const two = (value: number) => String(value).padStart(2, '0');
  const hours = Math.floor(total / 3600);
  const minutes = Math.floor((total % 3600) / 60);
  return hours > 0 ? `${hours}:${two(minutes)}:${two(total % 60)}` : `${minutes}:${two(total % 60)}`;
}

/** Formats a number with about three significant digits, and with an exponent only if it is very small or large. */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-3 || size >= 1e6)) return value.toExponential(2);
  return size === 0 ? '0' : size >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

/** Formats a number of bytes as `7.7 kB`, `640 MB` or `12 GB`, with two digits. */
export function formatBytes(bytes: number): string {
  if (bytes < 1e3) return `${bytes} bytes`;
  const [size, unit] = bytes >= 1e9 ? [bytes / 1e9, 'GB'] : bytes >= 1e6 ? [bytes / 1e6, 'MB'] : [bytes / 1e3, 'kB'];
  return `${size >= 10 ? Math.round(size) : size.toPrecision(2)} ${unit}`;
}

const SPANS: readonly [seconds: number, unit: string][] = [
  [365 * 86_400, 'years'],
  [86_400, 'days'],
  [3600, 'hours'],
  [60, 'minutes'],
];

/** Formats a rough duration as `3 minutes`, `5.2 hours` or `12 years`. */
export function formatSpan(seconds: number): string {
  const [length, unit] = SPANS.find(([span]) => seconds >= 2 * span) ?? [1, 'seconds'];
  const count = seconds / length;
  return `${count >= 10 ? Math.round(count) : Number(count.toPrecision(2))} ${unit}`;
}
