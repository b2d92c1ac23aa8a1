import type { RunDirectory } from './run-directory.js';

/** What a training does with its folder. */
export type TrainingRun = Pick<
  RunDirectory,
  | 'path'
  | 'log'
  | 'appendStats'
  | 'writeSnapshot'
  | 'keepSnapshots'
  | 'writeState'
  | 'setAside'
  | 'newestFiles'
  | 'resume'
  | 'close'
>;

/** A run as seen by the processes that share a training and write nothing: process 0 has its folder. */
export class FollowedRun implements TrainingRun {
  readonly path: string;

  /** @param path of the folder, for messages */
  constructor(path: string) {
    this.path = path;
  }

  async log(): Promise<void> {}

  async appendStats(): Promise<void> {}

  async writeSnapshot(): Promise<string> {
    return this.path;
  }

  async keepSnapshots(): Promise<void> {}

  async writeState(): Promise<string> {
    return this.path;
  }

  async setAside(): Promise<string> {
    return this.path;
  }

  async newestFiles(): Promise<{ state: null; snapshot: null }> {
    return { state: null, snapshot: null };
  }

  /** Nothing: process 0 passes on the state that it finds. */
  async resume(): Promise<null> {
    return null;
  }

  close(): void {}
}
