import path from 'node:path';
import { Hono } from 'hono';
import { html } from 'hono/html';
import { assetFolder } from '#api/assets/asset-folder.ts';
import type { ApiEnvironment } from '#api/environment.ts';
import { PROBLEM_KINDS } from '#api/problems/problem-table.ts';
import { PAGE_POLICY, pageLayout } from './layout.ts';

/** `/` for people who open the API in a browser, and `/problems`, where each problem's `type` leads. */
export function pageRoutes() {
  const assets = assetFolder('/page-assets', { 'page.css': path.join(import.meta.dirname, 'page.css') });
  return new Hono<ApiEnvironment>()
    .get('/', async (c) => {
      c.header('Content-Security-Policy', PAGE_POLICY);
      return c.html(pageLayout({ title: 'Sluice', css: await assets.urlOf('page.css') }, home));
    })
    .get('/problems', async (c) => {
      c.header('Content-Security-Policy', PAGE_POLICY);
      const css = await assets.urlOf('page.css');
      return c.html(pageLayout({ title: 'Problems of the Sluice API', css }, problemList()));
    })
    .get('/favicon.ico', (c) => c.body(null, 204, { 'Cache-Control': 'public, max-age=86400' }))
    .route('/', assets.routes);
}

const home = html`<h1>Sluice</h1>
<p>From a phone's video to adaptive streaming on your own cloud.</p>
<ul>
<li><a href="/docs">API reference</a> (<a href="/openapi.json">OpenAPI 3.1</a>)</li>
<li><a href="/problems">Error codes</a></li>
<li><a href="/api/upload-policies">What may be uploaded</a></li>
<li><a href="/health/ready">Health</a></li>
</ul>`;

function problemList() {
  const rows = Object.entries(PROBLEM_KINDS).map(
    ([code, kind]) => html`<tr id="${code}">
<td><code>${code}</code></td><td>${kind.status}</td><td>${kind.title}</td><td>${withCode(kind.advice)}</td>
</tr>`,
  );
  return html`<h1>Problems</h1>
<p>Every error answer is <code>application/problem+json</code> with one of these as <code>code</code>.</p>
<div class="scroll">
<table>
<thead><tr><th>Code</th><th>Status</th><th>What it means</th><th>What to do</th></tr></thead>
<tbody>${rows}</tbody>
</table>
</div>`;
}

/** Text in which names stand between backticks. */
function withCode(text: string) {
  return text.split('`').map((piece, index) => (index % 2 === 1 ? html`<code>${piece}</code>` : piece));
}
