import { createRequire } from 'node:module';
import path from 'node:path';
import { Hono } from 'hono';
import { html } from 'hono/html';
import { assetFolder } from '#api/assets/asset-folder.ts';
import type { ApiEnvironment } from '#api/environment.ts';

/**
 * swagger-ui sets style attributes and draws its icons from data: URLs; scripts come from here alone. `connect-src *`
 * lets "Try it out" PUT a part to storage.
 */
const DOCS_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self' https: http:",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
].join('; ');

/** `/openapi.json` and `/docs`, a browsable page over it that works without the internet. */
export function documentationRoutes(document: () => object) {
  const swagger = path.dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));
  const assets = assetFolder('/docs-assets', {
    'swagger-ui.css': path.join(swagger, 'swagger-ui.css'),
    'swagger-ui-bundle.js': path.join(swagger, 'swagger-ui-bundle.js'),
    'docs.js': path.join(import.meta.dirname, 'docs.js'),
    'docs.css': path.join(import.meta.dirname, 'docs.css'),
  });
  return new Hono<ApiEnvironment>()
    .get('/openapi.json', (c) => c.json(document(), 200, { 'Cache-Control': 'public, max-age=60' }))
    .get('/docs', async (c) => {
      const [swaggerCss, docsCss, bundle, start] = await Promise.all(
        ['swagger-ui.css', 'docs.css', 'swagger-ui-bundle.js', 'docs.js'].map(assets.urlOf),
      );
      c.header('Content-Security-Policy', DOCS_POLICY);
      return c.html(html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Sluice API</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="${swaggerCss}">
<link rel="stylesheet" href="${docsCss}">
<script defer src="${bundle}"></script>
<script defer src="${start}"></script>
</head>
<body>
<div id="docs"><p class="waiting">Loading the description of the API from /openapi.json</p></div>
</body>
</html>`);
    })
    .route('/', assets.routes);
}
