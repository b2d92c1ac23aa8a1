import { library } from '../../tsup.base';

export default library({ entry: { index: 'src/index.ts', 'decoding-thread': 'src/decoding-thread.ts' } });
