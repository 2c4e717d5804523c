import { createRequire } from 'node:module';
import path from 'node:path';
import { OpenAPIHono, z } from '@hono/zod-openapi';
import { validate } from 'uuid';
import { assetFolder } from '#api/assets/asset-folder.ts';
import type { ApiEnvironment } from '#api/environment.ts';
import { jsonContent } from '#api/openapi/contents.ts';
import { problems } from '#api/problems/problem-schema.ts';
import type { Platform } from '#bootstrap/platform.ts';
import { DomainError, isDomainError } from '#domain/errors.ts';
import { watchVideo } from '#domain/playback/watch-video.ts';
import { videoStates } from '#domain/video/video-states.ts';
import type { WatchView } from '#domain/video/video-view.ts';
import { type WatchAssets, watchNotFoundPage, watchPage } from './page.ts';

const WatchBody = z
  .object({
    status: z.enum(videoStates.states as [WatchView['status'], ...WatchView['status'][]]),
    title: z.string(),
    posterUrl: z.url().nullable(),
    streamUrl: z.url().nullable().openapi({ description: 'Null unless READY.' }),
  })
  .openapi('Watch');

/** `/watch/{id}` for viewers, `/watch/{id}.json` for players: open to whoever has the id of a public video. */
export function watchRoutes(platform: Platform) {
  const assets = watchAssets();
  const policy = contentPolicy(mediaOrigins(platform));
  const app = new OpenAPIHono<ApiEnvironment>();
  describe(app);

  app.get('/watch/:id', async (c) => {
    const asked = c.req.param('id');
    const context = platform.context({ kind: 'system' }, c.get('log'));
    if (asked.endsWith('.json')) {
      const view = await watch(asked.slice(0, -'.json'.length));
      c.header('Cache-Control', 'no-store');
      return c.json(present(view), 200);
    }
    c.header('Content-Security-Policy', policy);
    c.header('Cache-Control', 'no-cache');
    try {
      return c.html(watchPage(asked, await watch(asked), await assets.urls()));
    } catch (error) {
      if (!isDomainError(error, 'video_not_found')) throw error;
      return c.html(watchNotFoundPage(await assets.urls()), 404);
    }

    async function watch(videoId: string): Promise<WatchView> {
      if (!validate(videoId)) throw new DomainError('video_not_found', 'There is no video with this id.');
      return watchVideo(context, { videoId });
    }
  });
  return app.route('/', assets.routes);
}

function present({ status, title, posterUrl, streamUrl }: WatchView): z.infer<typeof WatchBody> {
  return { status, title, posterUrl, streamUrl };
}

/** The framework's routes cannot spell `{id}.json`, so the description of it is written by hand. */
function describe(app: OpenAPIHono<ApiEnvironment>): void {
  app.openAPIRegistry.registerPath({
    method: 'get',
    path: '/watch/{videoId}.json',
    operationId: 'watchVideo',
    tags: ['Playback'],
    summary: 'What a viewer may know',
    description: 'Open to whoever has the id of a public video. Poll it until READY or FAILED.',
    request: { params: z.object({ videoId: z.uuid() }) },
    responses: { 200: jsonContent(WatchBody, 'The video.'), ...problems('video_not_found') },
  });
}

/** Where playlists, segments and posters come from: of each storage. Asked of the delivery itself, as only it knows. */
function mediaOrigins(platform: Platform): string {
  const { own, second } = platform.context({ kind: 'system' }).storages;
  const deliveries = [own, second].flatMap((place) => place?.delivery ?? []);
  return [...new Set(deliveries.map((delivery) => new URL(delivery.playbackUrl('origin')).origin))].join(' ');
}

/** No inline script or style. Media Source needs `blob:`. Any page may frame the player: that is how it is embedded. */
function contentPolicy(media: string): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "worker-src 'self'",
    `connect-src 'self' ${media}`,
    `media-src 'self' blob: ${media}`,
    `img-src 'self' data: ${media}`,
    "base-uri 'none'",
    "form-action 'none'",
    'frame-ancestors *',
  ].join('; ');
}

function watchAssets() {
  const hls = path.join(path.dirname(createRequire(import.meta.url).resolve('hls.js/package.json')), 'dist');
  const folder = assetFolder('/watch-assets', {
    'watch.css': path.join(import.meta.dirname, 'watch.css'),
    'watch.js': path.join(import.meta.dirname, 'watch.js'),
    'player.js': path.join(import.meta.dirname, 'player.js'),
    'hls.js': path.join(hls, 'hls.min.mjs'),
    'hls.worker.js': path.join(hls, 'hls.worker.js'),
  });
  return {
    routes: folder.routes,
    async urls(): Promise<WatchAssets> {
      return {
        css: await folder.urlOf('watch.css'),
        script: await folder.urlOf('watch.js'),
        player: await folder.urlOf('player.js'),
        hls: await folder.urlOf('hls.js'),
        hlsWorker: await folder.urlOf('hls.worker.js'),
      };
    },
  };
}
