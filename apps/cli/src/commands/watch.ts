import { Command } from 'commander';
import { findRun } from '../runs/find-runs.js';
import { isTerminal } from '../terminal/colors.js';
import { columnsOf } from '../terminal/text-width.js';
import { followRun } from '../watch/follow-run.js';
import { viewRun, type Screen } from '../watch/run-view.js';
import { pictureProtocol } from '../watch/terminal-picture.js';

/** Lines of an output that does not say its own. */
const LINES = 40;
/** Keys that end it: q, and Ctrl-C, which is a key where keys are read. */
const END_KEYS = ['q', 'Q', '\x03'];
/** The other screen of a terminal, without a cursor; and back. */
const [ENTER, LEAVE] = ['\x1b[?1049h\x1b[?25l', '\x1b[?25h\x1b[?1049l'];
/** Removes what is on the screen, and begins at its top. */
const CLEAR = '\x1b[H\x1b[2J';
/** Removes the pictures of kitty's protocol. */
const CLEAR_PICTURES = '\x1b_Ga=d,q=2\x1b\\';

/** `onestep watch` */
export function watchCommand(): Command {
  return new Command('watch')
    .description('follow a run in the terminal: how far it is, its curves and its newest pictures; q ends')
    .argument('[run]', 'the folder of the run; latest, or FOLDER/latest: the newest one there', 'latest')
    .option('--once', 'show the run as it is now, and stop: what happens in a pipe, too')
    .option('--no-pictures', 'curves only')
    .addHelpText(
      'after',
      '\nExamples:\n  onestep watch\n  onestep watch runs/00003-sid-cond-batch64\n  onestep watch runs/latest --once',
    )
    .action(async (path: string, { once, pictures }: { once?: boolean; pictures: boolean }) => {
      const run = await findRun(path);
      const { stdout } = process;
      const isLive = once !== true && isTerminal(stdout) && process.stdin.isTTY;
      const screen = (): Screen => ({
        columns: columnsOf(stdout),
        lines: isLive ? stdout.rows || LINES : LINES,
        pictures: pictures && isTerminal(stdout) ? pictureProtocol(stdout.getColorDepth()) : 'none',
      });
      if (!isLive) return console.log((await viewRun(run, screen())).join('\n'));
      await onOtherScreen(async (signal) => {
        const show = async () => {
          const { pictures: protocol } = screen();
          const lines = await viewRun(run, screen());
          stdout.write(`${protocol === 'kitty' ? CLEAR_PICTURES : ''}${CLEAR}${lines.join('\n')}`);
        };
        await followRun(run, show, signal, stdout);
      });
    });
}

/** Runs work with the terminal for itself, until a key ends it. */
async function onOtherScreen(work: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const { stdin, stdout } = process;
  const controller = new AbortController();
  const end = () => controller.abort();
  const onKey = (keys: Buffer) => {
    if (END_KEYS.some((key) => keys.includes(key))) end();
  };
  stdin.setRawMode(true).on('data', onKey).resume();
  process.on('SIGTERM', end).on('SIGHUP', end);
  stdout.write(ENTER);
  try {
    await work(controller.signal);
  } finally {
    stdout.write(LEAVE);
    stdin.off('data', onKey).setRawMode(false).pause();
    process.off('SIGTERM', end).off('SIGHUP', end);
  }
}
