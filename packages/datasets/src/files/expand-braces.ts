/** No data set has more files. */
const MAX_PATHS = 100_000;

/**
 * Expands braces as shells and WebDataset do: `{000..010}` to numbers of that width, `{a,b}` to each.
 *
 * @throws if there are more than 100,000 paths
 */
export function expandBraces(path: string): string[] {
  const match = /^(.*?)\{([^{}]*)\}(.*)$/s.exec(path);
  if (match === null) return [path];
  const [, before, inside, after] = match as unknown as [string, string, string, string];
  const rest = expandBraces(after);
  const middle = expandRange(inside) ?? (inside.includes(',') ? inside.split(',') : null);
  if (middle === null) return rest.map((end) => `${before}{${inside}}${end}`);
  if (middle.length * rest.length > MAX_PATHS) throw new Error(`${path} stands for more than ${MAX_PATHS} files.`);
  return middle.flatMap((part) => rest.map((end) => before + part + end));
}

/** @returns null if the text is not of the form `000..010` */
function expandRange(text: string): string[] | null {
  const match = /^(\d{1,15})\.\.(\d{1,15})$/.exec(text);
  if (match === null) return null;
  const [from, to] = [Number(match[1]), Number(match[2])];
  const count = to - from + 1;
  if (count < 1) throw new Error(`The range {${text}} is empty; the smaller number comes first.`);
  if (count > MAX_PATHS) throw new Error(`The range {${text}} stands for more than ${MAX_PATHS} files.`);
  return Array.from({ length: count }, (_, i) => String(from + i).padStart(match[1]!.length, '0'));
}
