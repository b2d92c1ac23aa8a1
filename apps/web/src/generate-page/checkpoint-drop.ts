import { announce } from '../page/announce.js';
import { CoarseProgress } from '../page/coarse-progress.js';
import { element } from '../page/element.js';
import { megabytes } from '../page/format.js';

/** Shows the progress of loading a network. */
export interface LoadingBar {
  advance(progress: { done: number; total: number | null }): void;
  /** Loading is over; @param message what there is now, or what went wrong */
  end(message: string, isError?: boolean): void;
}

/** The place where a network file is chosen or dropped, and where the loading of any network is shown. */
export class CheckpointDrop {
  private readonly message = element('network-message', HTMLElement);
  private readonly bar = element('network-progress', HTMLProgressElement);

  constructor(onFile: (file: File) => void) {
    const zone = element('drop', HTMLElement);
    const input = element('file', HTMLInputElement);
    input.addEventListener('change', () => {
      const [file] = input.files ?? [];
      // The same file can be chosen again.
      input.value = '';
      if (file) onFile(file);
    });
    for (const name of ['dragenter', 'dragover', 'dragleave', 'drop'] as const) {
      document.addEventListener(name, (event) => {
        if (!event.dataTransfer?.types.includes('Files')) return;
        event.preventDefault();
        zone.classList.toggle('over', name === 'dragenter' || name === 'dragover');
        const [file] = name === 'drop' ? event.dataTransfer.files : [];
        if (file) onFile(file);
      });
    }
  }

  begin(what: string): LoadingBar {
    this.say(`Loading ${what}…`);
    this.bar.hidden = false;
    this.bar.removeAttribute('value');
    const progress = new CoarseProgress((done, total) => {
      announce(`Loading ${what}: ${megabytes(done)} of ${megabytes(total)}`);
    });
    return {
      advance: ({ done, total }) => {
        if (total !== null) {
          Object.assign(this.bar, { max: total, value: done });
          progress.advance(done, total);
        }
        this.bar.setAttribute(
          'aria-valuetext',
          total === null ? megabytes(done) : `${megabytes(done)} of ${megabytes(total)}`,
        );
      },
      end: (message, isError = false) => {
        this.bar.hidden = true;
        this.say(message, isError);
      },
    };
  }

  say(message: string, isError = false): void {
    this.message.textContent = message;
    this.message.classList.toggle('error', isError);
    // Screen readers announce an error, too.
    this.message.setAttribute('role', isError ? 'alert' : 'status');
  }
}
