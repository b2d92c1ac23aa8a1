/** What a command prints. */
interface OutputMode {
  /** Results and errors only: no notes, no progress. */
  isQuiet: boolean;
  /** Standard output has JSON and nothing else: all other lines go to standard error. */
  isJson: boolean;
}

let mode: OutputMode = { isQuiet: false, isJson: false };

/** How the command under way prints. */
export const outputMode = (): Readonly<OutputMode> => mode;

/** Runs a command with an output of its own. A command within one that is quiet is quiet, too. */
export async function withOutputMode<T>({ isQuiet }: Pick<OutputMode, 'isQuiet'>, work: () => Promise<T>): Promise<T> {
  const before = mode;
  mode = { isQuiet: before.isQuiet || isQuiet, isJson: false };
  try {
    return await work();
  } finally {
    mode = before;
  }
}

/** The command under way prints JSON. */
export function setJsonOutput(): void {
  mode = { ...mode, isJson: true };
}

/** Writes a note for the user on standard error, beside the results. */
export function writeNote(text: string): void {
  if (!mode.isQuiet) console.error(text);
}

/** Writes a line about what was done: on standard output, unless that is for JSON. */
export function writeLine(text: string): void {
  if (mode.isJson) writeNote(text);
  else console.log(text);
}
