import { linkedSources } from '../src/linked-sources.js';

export default { paths: () => linkedSources() };
