import type { CompletionEntry } from './commands.js';

/** Shells for which there are scripts. */
export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

/** The script that completes the program in a shell. @param name of the program */
export function completionScript(shell: Shell, entries: readonly CompletionEntry[], name = 'onestep'): string {
  return { bash: bashScript, zsh: zshScript, fish: fishScript }[shell](entries, name);
}

/** Bash: the words so far choose what can follow. Options that take one of several values complete those; others that take a value, files. */
function bashScript(entries: readonly CompletionEntry[], name: string): string {
  const cases = entries.map(({ words, commands, options, values: choices, takesFiles }) => {
    const names = [...commands.map((each) => each.name), ...choices, ...options.map((each) => each.name)];
    const values = options.filter(({ takesValue }) => takesValue);
    const valued = values.map(
      (option) => `        ${option.name}) values=${quote(option.choices.join(' '))}; takes=1 ;;`,
    );
    return [
      `    ${quote(words)})`,
      `      words=${quote(names.join(' '))}${takesFiles ? '; files=1' : ''}`,
      ...(valued.length === 0 ? [] : ['      case "$before" in', ...valued, '      esac']),
      '      ;;',
    ].join('\n');
  });
  return `_${name}() {
  local current="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD-1]}" at='' words='' values='' takes='' files='' known word
  # Of an option with its value, bash makes three words.
  if [ "$current" = = ]; then current=''
  elif [ "$before" = = ] && [ "$COMP_CWORD" -gt 2 ]; then before="\${COMP_WORDS[COMP_CWORD-2]}"; fi
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
  if [ -z "$values" ] && { [ \${#COMPREPLY[@]} -eq 0 ] || [ -n "$files" ]; }; then
    # As the file is called, without what is typed to quote it. Its name may have spaces.
    current="\${current#[\\"\\']}"
    local IFS=$'\\n'
    COMPREPLY+=($(compgen -f -- "\${current//\\\\/}"))
  fi
}
complete -o filenames -F _${name} ${name}
`;
}

/** Zsh: the same with descriptions, to be read by `source`, or as a file `_onestep` of its functions. */
function zshScript(entries: readonly CompletionEntry[], name: string): string {
  const described = (each: { name: string; about: string }) => quote(`${each.name}:${each.about}`);
  const cases = entries.map(({ words, commands, options, values, takesFiles }) => {
    const names = [...commands.map(described), ...values.map(quote), ...options.map(described)];
    const valued = options.filter(({ takesValue }) => takesValue);
    const choices = valued.map((each) => `        (${each.name}) takes=1 values=${quote(each.choices.join(' '))} ;;`);
    return [
      `    (${quote(words)})`,
      `      names=(${names.join(' ')})${takesFiles ? ' files=1' : ''}`,
      ...(choices.length === 0 ? [] : ['      case "$before" in', ...choices, '      esac']),
      '      ;;',
    ].join('\n');
  });
  return `#compdef ${name}
_${name}() {
  local at='' before="\${words[CURRENT-1]}" values='' takes='' files='' next word
  local -a known names
  known=(${entries.map(({ words }) => quote(words)).join(' ')})
  for word in "\${(@)words[2,CURRENT-1]}"; do
    next="\${at:+$at }$word"
    (( \${known[(Ie)$next]} )) || break
    at="$next"
  done
  if [[ "$PREFIX" == --*=* ]]; then
    before="\${PREFIX%%=*}"
    compset -P '*='
  fi
  case "$at" in
${cases.join('\n')}
  esac
  if [[ -n "$values" ]]; then compadd -- \${=values}
  elif [[ -n "$takes" ]]; then _files
  else
    _describe ${quote(name)} names
    if [[ -n "$files" && "$PREFIX" != -* ]]; then _files; fi
  fi
}
if [[ "$funcstack[1]" = _${name} ]]; then _${name} "$@"; else compdef _${name} ${name}; fi
`;
}

/** Fish: a line for each command and option, with what it does. */
function fishScript(entries: readonly CompletionEntry[], name: string): string {
  const lines = entries.flatMap(({ words, commands, options, values }) => {
    const when = `-n ${fishQuote(`__${name}_at ${words}`.trimEnd())}`;
    return [
      ...commands.map((each) => `complete -c ${name} ${when} -f -a ${each.name} -d ${fishQuote(each.about)}`),
      ...(values.length === 0 ? [] : [`complete -c ${name} ${when} -f -a ${fishQuote(values.join(' '))}`]),
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
