import { html, raw } from 'hono/html';
import type { WatchView } from '#domain/video/video-view.ts';
import { STATUS_TEXTS } from './status-texts.ts';

/** Addresses of the files that the page loads, each with its content's hash in it. */
export interface WatchAssets {
  readonly css: string;
  readonly script: string;
  readonly player: string;
  readonly hls: string;
  readonly hlsWorker: string;
}

/** The page is whole without its script: title, poster and state are in it; the script keeps them current and plays. */
export function watchPage(videoId: string, view: WatchView, assets: WatchAssets) {
  const { heading, text } = STATUS_TEXTS[view.status];
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${view.title}</title>
<meta property="og:type" content="video.other">
<meta property="og:title" content="${view.title}">
${view.posterUrl === null ? '' : html`<meta property="og:image" content="${view.posterUrl}">`}
<link rel="icon" href="data:,">
<link rel="stylesheet" href="${assets.css}">
<script type="module" src="${assets.script}"></script>
</head>
<body data-video-id="${videoId}" data-status="${view.status}" data-player="${assets.player}" data-hls="${assets.hls}" data-hls-worker="${assets.hlsWorker}">
<main>
<section class="stage" aria-label="Player">
<video id="video" controls playsinline preload="metadata" hidden
${view.posterUrl === null ? '' : html`poster="${view.posterUrl}"`} aria-label="${view.title}"></video>
<div id="card" class="card">
<img id="poster" class="poster" alt="" ${view.posterUrl === null ? raw('hidden') : html`src="${view.posterUrl}"`}>
<div class="words">
<span class="spinner" aria-hidden="true"></span>
<div id="status" role="status">
<h2 id="heading">${heading}</h2>
<p id="text">${text}</p>
</div>
<button id="retry" type="button" hidden>Try again</button>
</div>
</div>
</section>
<h1 id="title">${view.title}</h1>
<noscript><p class="note">This page needs JavaScript to play the video.</p></noscript>
</main>
<script type="application/json" id="texts">${raw(textsAsJson())}</script>
</body>
</html>`;
}

/** A data block, which is not run. Nothing in it comes from outside; `<` is escaped all the same. */
function textsAsJson(): string {
  return JSON.stringify(STATUS_TEXTS).replaceAll('<', '\\u003c');
}

/** The answer for an id that names no public video. */
export function watchNotFoundPage(assets: WatchAssets) {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>Video not found</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="${assets.css}">
</head>
<body data-status="GONE">
<main>
<section class="stage" aria-label="Player">
<div class="card"><div class="words">
<h1>Video not found</h1>
<p>The link is wrong, or the video was deleted.</p>
</div></div>
</section>
</main>
</body>
</html>`;
}
