import type { MarkdownEnv } from 'vitepress';
import type MarkdownIt from 'markdown-it';

/**
 * What of a page the search finds: everything, but of the API the names alone, and nothing of source files.
 *
 * @returns HTML
 */
export async function searchable(
  source: string,
  env: MarkdownEnv,
  md: MarkdownIt & { renderAsync?: unknown },
): Promise<string> {
  const page = env.relativePath;
  if (page.startsWith('source/')) return '';
  const html = md.render(source, env);
  return page.startsWith('api/') ? [...html.matchAll(/<h\d.*?<\/h\d>/gs)].map(([heading]) => heading).join('\n') : html;
}
