import { escapeHtml } from './escape-html.js';
import { REPORT_STYLE } from './style.js';

/** A self-contained HTML page: no scripts, no files beside it. @param body HTML of what is on it */
export function renderPage(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>${REPORT_STYLE}</style>
</head>
<body>
<main>
${body}
</main>
</body>
</html>
`;
}

/** A PNG file's bytes as the address of an image in a page. */
export function dataUrl(png: Uint8Array): string {
  return `data:image/png;base64,${Buffer.from(png).toString('base64')}`;
}

/** Options of a run, folded. */
export function optionsDetails(options: unknown): string {
  const text = escapeHtml(JSON.stringify(options, null, 2));
  return `<details><summary>Options of this run</summary><pre><code>${text}</code></pre></details>`;
}
