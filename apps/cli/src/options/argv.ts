import { UserError } from '../user-error.js';

/** Options that published scripts call otherwise: those of SiDA, of ECT, and of consistency models. */
const OTHER_NAMES: Readonly<Record<string, string>> = {
  '--sid-model': '--transfer',
  '--detector-url': '--detector',
  '--ema-beta': '--ema-mu',
  '--optim': '--optimizer',
  '--ema-rate': '--ema-mu',
  '--teacher-model-path': '--edm-model',
  '--data-dir': '--data',
  '--global-batch-size': '--batch',
  '--use-fp16': '--fp16',
  '--cfg-eval-real': '--guidance',
};

/** Other names of options that are others' own in another command. */
const OTHER_NAMES_OF: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  distill: { '--generator': '--transfer', '--teacher': '--edm-model' },
};

/** The names that published scripts use for options of a command, and ours. @param first the first word of the command */
export function otherNamesOf(first: string | undefined): Readonly<Record<string, string>> {
  return { ...OTHER_NAMES, ...OTHER_NAMES_OF[first ?? ''] };
}

/**
 * Brings an argument list of the published scripts to one form: option names may be written with underscores or
 * dashes (`--init_sigma`, `--init-sigma`), and some have another name. Values are left as they are.
 *
 * @throws UserError if an option is given under both of its names
 */
export function normalizeArguments(argv: readonly string[]): string[] {
  // `help metrics calc` is `metrics calc --help`: the help of the innermost command.
  const [first, ...others] = argv;
  if (first === 'help' && others.length > 0) return normalizeArguments([...others, '--help']);
  const otherNames = otherNamesOf(first);
  const end = argv.indexOf('--');
  const given = new Set<string>();
  const normal = argv.map((argument, index) => {
    if (!argument.startsWith('--') || (end !== -1 && index >= end)) return argument;
    const [name, ...value] = argument.split('=');
    const dashed = name!.replaceAll('_', '-');
    given.add(dashed);
    return [otherNames[dashed] ?? dashed, ...value].join('=');
  });
  for (const [other, name] of Object.entries(otherNames)) {
    if (given.has(other) && given.has(name)) {
      throw new UserError(`${other} and ${name} are two names of one option: give one of them.`, 2);
    }
  }
  return normal;
}
