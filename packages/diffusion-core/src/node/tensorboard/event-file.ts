import { open, readdir, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { adviseOnFailure } from '../run-error.js';
import { encodeEvent, type EventContents, type EventPicture } from './event-message.js';
import { tfRecord } from './tf-record.js';

/** Names that TensorBoard reads. */
const EVENT_FILE = /^events\.out\.tfevents\.(\d+)\.(\d+)\.onestep$/;

/**
 * Writes scalars and pictures for TensorBoard: an event file in the folder of a run. Each process writes a file of its own; TensorBoard
 * reads those of a folder in the order of their names as one run.
 */
export class EventFile {
  readonly path: string;
  /** Whether the folder had event files before. */
  readonly isContinued: boolean;
  private readonly file: FileHandle;

  private constructor(path: string, file: FileHandle, isContinued: boolean) {
    this.path = path;
    this.file = file;
    this.isContinued = isContinued;
  }

  /**
   * Begins an event file. Of what earlier files of the folder say, nothing counts any more from `step` on: a run that was
   * interrupted, and goes on from an earlier moment, has no step twice.
   *
   * @param step the first one that this file may have
   * @throws RunError if the file cannot be written
   */
  static async begin(folder: string, step: number): Promise<EventFile> {
    const earlier = (await readdir(folder)).flatMap((name) => EVENT_FILE.exec(name)?.slice(1).map(Number) ?? []);
    // In order, also where the clock was set back.
    const seconds = Math.max(Math.floor(Date.now() / 1000), ...earlier.filter((_, i) => i % 2 === 0));
    const count = String(earlier.length / 2).padStart(4, '0');
    const path = join(folder, `events.out.tfevents.${seconds}.${count}.onestep`);
    const file = await adviseOnFailure(path, () => open(path, 'ax'));
    const events = new EventFile(path, file, earlier.length > 0);
    await events.write(0, { fileVersion: 'brain.Event:2' });
    if (events.isContinued) await events.write(step, { sessionStart: true });
    return events;
  }

  /**
   * Writes numbers, by the names that TensorBoard shows: those before `/` are groups.
   *
   * @param seconds since 1970; left out, now
   * @throws RunError if the file cannot be written
   */
  async addScalars(step: number, scalars: Readonly<Record<string, number>>, seconds?: number): Promise<void> {
    await this.write(step, { scalars }, seconds);
  }

  /** Writes a PNG. @throws RunError if the file cannot be written; RangeError if it is no PNG */
  async addPicture(step: number, name: string, png: Uint8Array): Promise<void> {
    await this.write(step, { pictures: { [name]: describePng(png) } });
  }

  async close(): Promise<void> {
    await this.file.close();
  }

  private async write(step: number, contents: EventContents, seconds = Date.now() / 1000): Promise<void> {
    await adviseOnFailure(this.path, async () => {
      await this.file.appendFile(tfRecord(encodeEvent(seconds, step, contents)));
      await this.file.datasync();
    });
  }
}

/** Channels of PNG's color types; pictures with a palette are shown as RGB. */
const CHANNELS: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 3, 4: 2, 6: 4 };

/** Reads the header of a PNG (IHDR comes first). */
function describePng(png: Uint8Array): EventPicture {
  const view = new DataView(png.buffer, png.byteOffset, png.byteLength);
  if (png.length < 33 || view.getUint32(0) !== 0x89504e47) throw new RangeError('The picture is not a PNG.');
  return { png, width: view.getUint32(16), height: view.getUint32(20), channels: CHANNELS[view.getUint8(25)] ?? 3 };
}
