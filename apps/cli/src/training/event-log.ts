import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { EventFile, type Measured, type RunDirectory, type TickReport } from '@onestep/diffusion-core/node';
import { pictureOf } from './sample-grids.js';

/** Pictures of the start of a run, and their names in TensorBoard. */
const OF_THE_START = { 'fakes_init.png': 'samples', 'reals.png': 'real images' };

/**
 * Writes what a run reports for TensorBoard: its step is the number of images seen. Where `--tensorboard` is added to a run, what
 * it has recorded so far comes first.
 */
export class EventLog {
  private readonly events: EventFile;
  private readonly folder: string;

  private constructor(events: EventFile, folder: string) {
    this.events = events;
    this.folder = folder;
  }

  /** Begins the log of a run that goes on, or begins. To be called when its statistics are those of the moment. */
  static async begin(run: RunDirectory, imagesSeen: number): Promise<EventLog> {
    // The tick that ended at this moment is logged already.
    const events = await EventFile.begin(run.path, imagesSeen === 0 ? 0 : imagesSeen + 1);
    const log = new EventLog(events, run.path);
    if (!events.isContinued && imagesSeen > 0) await log.addHistory(run);
    return log;
  }

  /** The pictures of the start, once they are drawn. */
  async addStart(): Promise<void> {
    for (const [file, name] of Object.entries(OF_THE_START)) await this.addPicture(0, name, file);
  }

  /** A tick: the means of its statistics, what was measured, and the pictures of its snapshot. */
  async addTick({ imagesSeen, stats, snapshot }: TickReport, measured: Measured): Promise<void> {
    const means = Object.entries(stats).flatMap(([name, { num, mean }]) => (num === 0 ? [] : [[name, mean] as const]));
    await this.events.addScalars(imagesSeen, { ...Object.fromEntries(means), ...measured });
    if (snapshot !== undefined) await this.addPicture(imagesSeen, 'samples', pictureOf(snapshot));
  }

  async close(): Promise<void> {
    await this.events.close();
  }

  private async addHistory(run: RunDirectory): Promise<void> {
    await this.addStart();
    for (const { timestamp, ...tick } of await run.readStats()) {
      const means = Object.entries(tick).flatMap(([name, { mean }]) => (mean === null ? [] : [[name, mean] as const]));
      const step = Math.round((tick['Progress/kimg']?.mean ?? 0) * 1000);
      await this.events.addScalars(step, Object.fromEntries(means), Number(timestamp));
    }
    const pictures = (await readdir(this.folder)).filter((name) => /^fakes\d+\.png$/.test(name)).sort();
    for (const name of pictures) await this.addPicture(1000 * Number(/\d+/.exec(name)![0]), 'samples', name);
  }

  private async addPicture(step: number, name: string, file: string): Promise<void> {
    const path = join(this.folder, file);
    if (existsSync(path)) await this.events.addPicture(step, name, await readFile(path));
  }
}
