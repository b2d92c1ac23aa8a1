/**
 * Brings an argument list of the published scripts to one form: option names may be written with underscores or
 * dashes (`--init_sigma`, `--init-sigma`). Values are left as they are.
 */
export function normalizeArguments(argv: readonly string[]): string[] {
  const end = argv.indexOf('--');
  return argv.map((argument, index) => {
    if (!argument.startsWith('--') || (end !== -1 && index >= end)) return argument;
    const [name, ...value] = argument.split('=');
    return [name!.replaceAll('_', '-'), ...value].join('=');
  });
}
