import { gatherJson, type Communicator } from './communicator.js';

/**
 * Exchanges in a row in which the same processes, and not all, return NaN, until they count as broken. Shares of a batch have random
 * numbers of the same kind: chance picks the same of two processes so often in one of 10^9 cases at most.
 */
const PATIENCE = 16;

/** Some of the processes return NaN, and the others do not: their machines, or their memory, are not well. */
export class RankNanError extends Error {
  override readonly name = 'RankNanError';
}

/** Watches for processes that go on returning NaN alone. The sum of all gradients is NaN then, and nothing is learned. */
export class NanRanks {
  private readonly communicator: Communicator;
  private culprits = '';
  private count = 0;

  constructor(communicator: Communicator) {
    this.communicator = communicator;
  }

  /**
   * Counts an exchange.
   *
   * @param own whether what this process sent had NaN
   * @param sum whether what all of them got has; the same everywhere
   * @throws RankNanError in all processes, which names those that alone have returned NaN for long
   */
  async check(own: boolean, sum: boolean): Promise<void> {
    const all = sum ? await gatherJson(this.communicator, { host: this.communicator.host, own }) : [];
    const names = all.flatMap(({ host, own: hadNan }, rank) => (hadNan ? [`Rank ${rank} on ${host}`] : []));
    const culprits = names.length < all.length ? names.join(' and ') : '';
    this.count = culprits !== '' && culprits === this.culprits ? this.count + 1 : Number(culprits !== '');
    this.culprits = culprits;
    if (this.count < PATIENCE) return;
    throw new RankNanError(
      `${culprits} returned NaN ${PATIENCE} times in a row, and the others did not: look at the memory and the engine there. The run ` +
        'resumes from its last training state, with or without this host.',
    );
  }
}
