import { library } from '../../tsup.base';

export default library({ entry: { index: 'src/index.ts', worker: 'src/worker/index.ts', 'engine-folder': 'src/engine-folder.ts' } });
