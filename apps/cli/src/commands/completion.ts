import { Argument, Command } from 'commander';
import { completionEntries } from '../completion/commands.js';
import { completionScript, SHELLS, type Shell } from '../completion/scripts.js';

/** `onestep completion` */
export function completionCommand(): Command {
  const command = new Command('completion')
    .description('print a script that completes commands, options and their values in a shell')
    .addArgument(new Argument('<shell>', 'the shell').choices(SHELLS))
    .addHelpText(
      'after',
      `
Examples:
  echo 'source <(onestep completion bash)' >> ~/.bashrc
  echo 'source <(onestep completion zsh)' >> ~/.zshrc
  onestep completion fish > ~/.config/fish/completions/onestep.fish`,
    );
  return command.action((shell: Shell) => {
    process.stdout.write(completionScript(shell, completionEntries(command.parent!)));
  });
}
