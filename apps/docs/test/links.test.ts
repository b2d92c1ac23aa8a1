import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import MarkdownIt from 'markdown-it';
import { expect, it } from 'vitest';
import { anchorOf } from '../src/anchors.js';
import { linksOf } from '../src/linked-sources.js';
import { pageOf } from '../src/pages.js';
import { markdownFiles, resolveLink, ROOT } from '../src/repository.js';

const md = new MarkdownIt({ html: true });
const files = markdownFiles().filter((file) => !/^api\/|(^|\/)CHANGELOG\.md$/.test(file));
const texts = new Map(files.map((file) => [file, readFileSync(join(ROOT, file), 'utf8')]));

/** The anchors of a text's headings. Further headings of the same name have a number. */
function anchorsOf(text: string): Set<string> {
  const counts = new Map<string, number>();
  const tokens = md.parse(text, {});
  const anchors = tokens.flatMap(({ type }, i) => {
    if (type !== 'heading_open') return [];
    const inline = tokens[i + 1]!.children!.filter((token) => ['text', 'code_inline'].includes(token.type));
    const anchor = anchorOf(inline.map(({ content }) => content).join(''));
    const count = counts.get(anchor) ?? 0;
    counts.set(anchor, count + 1);
    return [count === 0 ? anchor : `${anchor}-${count}`];
  });
  return new Set(anchors);
}

it('links between files of the repository lead to files, and to headings that they have', () => {
  const anchors = new Map<string, Set<string>>();
  const broken = files.flatMap((file) =>
    linksOf(md, texts.get(file)!)
      .filter((href) => {
        if (href.startsWith('/')) return false;
        const target = resolveLink(file, href);
        if (target === null || target.kind === 'folder') return false;
        if (target.kind === 'missing') return true;
        const text = texts.get(target.path);
        if (target.anchor === null || text === undefined) return false;
        const known = anchors.get(target.path) ?? anchorsOf(text);
        anchors.set(target.path, known);
        return !known.has(target.anchor);
      })
      .map((href) => `${file}: ${href}`),
  );
  expect(broken).toEqual([]);
});

it('a text that a page of the site links to is a page, too', () => {
  const lost = files
    .filter((file) => pageOf(file) !== undefined)
    .flatMap((file) => linksOf(md, texts.get(file)!).map((href) => resolveLink(file, href)?.path))
    .filter((path) => path?.endsWith('.md') === true && pageOf(path) === undefined);
  expect(lost).toEqual([]);
});
