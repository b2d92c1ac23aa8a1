import { parseSourceLabels } from '../labels.js';
import { ZipReader } from '../zip/reader.js';
import { openImageFiles } from './image-files.js';
import type { SourceFormat } from './source.js';

/** A ZIP file of images, with labels if it has a `dataset.json`. */
export const zip: SourceFormat = {
  looksLike: 'a .zip file of PNG, JPEG or WebP images',
  matches: (path) => path.endsWith('.zip'),
  async open(path) {
    const archive = await ZipReader.open(path);
    const describe = (name: string) => `${path}, ${name}`;
    try {
      const json = archive.has('dataset.json') ? new TextDecoder().decode(archive.read('dataset.json')) : null;
      return openImageFiles({
        path,
        names: archive.names(),
        labels: json === null ? null : parseSourceLabels(json, describe('dataset.json')),
        describe,
        read: (name) => archive.read(name),
        close: () => archive.close(),
      });
    } catch (error) {
      archive.close();
      throw error;
    }
  },
};
