import { posix } from 'node:path';
import type { PluginSimple } from 'markdown-it';
import { pageOf, sourcePageOf } from './pages.js';
import { resolveLink, ROOT } from './repository.js';

/** What VitePress tells a plugin of the file at hand. */
interface PageEnvironment {
  realPath?: string;
  path: string;
}

/**
 * Turns links between files of the repository into links between pages of the site, so that one text serves both.
 *
 * @throws Error if a link leads to no file
 */
export const repositoryLinks: PluginSimple = (md) => {
  md.core.ruler.push('repository-links', ({ tokens, env }) => {
    const { realPath, path } = env as PageEnvironment;
    const file = posix.relative(ROOT, realPath ?? path);
    for (const token of tokens.flatMap(({ children }) => children ?? [])) {
      const href = token.type === 'link_open' ? token.attrGet('href') : null;
      if (href !== null) token.attrSet('href', siteLink(file, href));
    }
  });
};

function siteLink(file: string, href: string): string {
  // A link from the root of the site is one already.
  if (/^[/#]/.test(href)) return href;
  const target = resolveLink(file, href);
  if (target === null) return href;
  if (target.kind === 'missing') throw new Error(`${file}: the link ${href} leads to no file of the repository.`);
  const page = pageOf(target.path) ?? sourcePageOf(target.path);
  return `/${page}${target.anchor === null ? '' : `#${target.anchor}`}`;
}
