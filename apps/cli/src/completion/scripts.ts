import type { CompletionEntry } from './commands.js';

/** Shells for which there are scripts. */
export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

/** The script that completes the program in a shell. @param name of the program */
export function completionScript(shell: Shell, entries: readonly CompletionEntry[], name = 'onestep'): string {
  if (shell === 'fish') return fishScript(entries, name);
  const script = bashScript(entries, name);
  return shell === 'bash' ? script : `#compdef ${name}\nautoload -U +X bashcompinit && bashcompinit\n${script}`;
}

/**
 * Bash: the words so far choose what can follow. Options that take one of several values complete those; others that take a value, files. Zsh
 * reads the same by `bashcompinit`.
 */
function bashScript(entries: readonly CompletionEntry[], name: string): string {
  const cases = entries.map(({ words, commands, options }) => {
    const names = [...commands.map((each) => each.name), ...options.map((each) => each.name)];
    const values = options.filter(({ takesValue }) => takesValue);
    const valued = values.map(
      ({ name: option, choices }) => `        ${option}) values=${quote(choices.join(' '))}; takes=1 ;;`,
    );
    return [
      `    ${quote(words)})`,
      `      words=${quote(names.join(' '))}`,
      ...(valued.length === 0 ? [] : ['      case "$before" in', ...valued, '      esac']),
      '      ;;',
    ].join('\n');
  });
  return `_${name}() {
  local current="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD-1]}" at='' words='' values='' takes='' known word
  known=${quote(` ${entries.map(({ words }) => words.replaceAll(' ', '/')).join(' ')} `)}
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$known" in
      *" \${at:+\${at// //}/}$word "*) at="\${at:+$at }$word" ;;
      *) break ;;
    esac
  done
  case "$at" in
${cases.join('\n')}
  esac
  if [ -n "$takes" ]; then words="$values"; fi
  COMPREPLY=()
  if [ -n "$words" ] && { [ -n "$takes" ] || [ -z "$current" ] || [ "\${current:0:1}" = - ] || [ "$COMP_CWORD" -le 3 ]; }; then
    COMPREPLY=($(compgen -W "$words" -- "$current"))
  fi
  if [ \${#COMPREPLY[@]} -eq 0 ] && [ -z "$values" ]; then COMPREPLY=($(compgen -f -- "$current")); fi
}
complete -o filenames -F _${name} ${name}
`;
}

/** Fish: a line for each command and option, with what it does. */
function fishScript(entries: readonly CompletionEntry[], name: string): string {
  const lines = entries.flatMap(({ words, commands, options }) => {
    const when = `-n ${fishQuote(`__${name}_at ${words}`.trimEnd())}`;
    return [
      ...commands.map((each) => `complete -c ${name} ${when} -f -a ${each.name} -d ${fishQuote(each.about)}`),
      ...options.map(({ name: option, about, takesValue, choices }) => {
        const value = !takesValue ? '' : choices.length > 0 ? ` -x -a ${fishQuote(choices.join(' '))}` : ' -r';
        return `complete -c ${name} ${when} -l ${option.slice(2)}${value} -d ${fishQuote(about)}`;
      }),
    ];
  });
  const known = entries.map(({ words }) => fishQuote(words)).join(' ');
  return `function __${name}_at
  set -l known ${known}
  set -l at
  for word in (commandline -opc)[2..-1]
    contains -- (string join ' ' $at $word) $known; or break
    set -a at $word
  end
  test "$at" = "$argv"
end
${lines.join('\n')}
`;
}

const quote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
const fishQuote = (text: string): string => `'${text.replace(/[\\']/g, '\\$&')}'`;
