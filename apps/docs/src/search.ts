import type { MarkdownEnv } from 'vitepress';
import type MarkdownIt from 'markdown-it';

/**
 * The text of a page that the search finds: all of it, but only the names on pages of the API, and nothing on pages of source files.
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
