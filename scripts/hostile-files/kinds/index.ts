import type { HostileKind } from '../hostile-kind.js';
import { dataSetKinds } from './data-sets.js';
import { foreignNetworkKinds } from './foreign-networks.js';
import { networkKinds } from './networks.js';
import { pictureKinds } from './pictures.js';
import { referenceKinds } from './references.js';
import { runFolderKinds } from './run-folders.js';
import { tableAndShardKinds } from './tables-and-shards.js';
import { trainingKinds } from './trainings.js';

/** Small files of every kind that is read. A new reader gets an entry in one of these lists. */
export async function listKinds(): Promise<HostileKind[]> {
  return [
    ...(await networkKinds()),
    ...foreignNetworkKinds(),
    ...(await dataSetKinds()),
    ...(await tableAndShardKinds()),
    ...(await pictureKinds()),
    ...referenceKinds(),
    ...runFolderKinds(),
    ...(await trainingKinds()),
  ];
}
