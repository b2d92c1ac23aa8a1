/** A command of `onestep` as a text has it. */
export interface DocumentedCommand {
  /** As written, on one line. */
  text: string;
  /** Arguments of the program. */
  argv: string[];
}

const PREFIX = /^(?:[A-Z_]+=\S+ )*(?:mpirun .*?)?(?:npm run (?:-s )?onestep --|onestep) /;

/**
 * The commands of `onestep` in the shell examples of a text, without those that leave something out (`...`) and those with
 * brackets or pipes.
 */
export function documentedCommands(markdown: string): DocumentedCommand[] {
  const blocks = [...markdown.matchAll(/^```(?:sh|bash)\n(.*?)^```/gms)].map(([, block]) => block!);
  return blocks
    .flatMap((block) => block.replace(/\\\n\s*/g, '').split('\n'))
    .map((line) => line.replace(/(^|\s)#.*$/, '').trim())
    .filter((line) => PREFIX.test(line) && !/\.\.\.|[<>|;]/.test(line))
    .map((text) => ({ text, argv: words(text.replace(PREFIX, '')) }));
}

/** Splits as a shell does, as far as quotes go. */
function words(text: string): string[] {
  return [...text.matchAll(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g)].map(([word]) => word.replace(/["']/g, ''));
}
