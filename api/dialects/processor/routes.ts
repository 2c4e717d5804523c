import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { definedMembers } from '#api/defined-members.ts';
import type { ApiEnvironment } from '#api/environment.ts';
import { mediaKeyOf } from '#api/media/media-key.ts';
import { authentication } from '#api/middleware/authentication.ts';
import { once } from '#api/middleware/idempotency.ts';
import { problems } from '#api/problems/problem-schema.ts';
import type { Platform } from '#bootstrap/platform.ts';
import { DomainError } from '#domain/errors.ts';
import { currentAssets } from '#domain/playback/current-assets.ts';
import { locateFile } from '#domain/playback/locate-file.ts';
import { getVideo } from '#domain/video/get-video.ts';
import { updateVideo } from '#domain/video/update-video.ts';
import { processorJob } from './present.ts';
import { receiveVideo } from './receive-video.ts';
import { fileBody, formBody, kindOfBody } from './video-bodies.ts';

/**
 * The `processor` contract: a video as the body of `POST /api/videos`, and `/media/{jobId}/...`, which leads to the files
 * of the version that players get. Its `GET /api/videos/{id}` is the reference contract's route, presented by `createdVia`.
 */
export function processorDialect(platform: Platform) {
  const app = new OpenAPIHono<ApiEnvironment>();
  const authenticate = authentication(platform);
  const kindOf = (c: Context<ApiEnvironment>) => kindOfBody(c.req.header('content-type'));
  app.post(
    '/api/videos',
    (c, next) => (kindOf(c) === 'other' ? next() : authenticate(c, next)),
    async (c, next) => {
      const kind = kindOf(c);
      return kind === 'other' ? next() : await takeVideo(c, kind);
    },
  );
  app.openAPIRegistry.registerPath(media);
  app.get('/media/:jobId{[0-9a-f-]+}/*', async (c) => {
    const [videoId = '', ...rest] = (mediaKeyOf(c.req.url) ?? '').split('/');
    if (!UUID.test(videoId)) throw new DomainError('not_found', 'No media object has this path.');
    const context = platform.context({ kind: 'system' }, c.get('log'));
    const address = await locateFile(context, { videoId, path: rest.join('/') });
    // Another version may stand there in a moment.
    c.header('Cache-Control', 'no-store');
    return c.redirect(address, 302);
  });
  return app;
}

/** Described apart: a file's path may have a slash in it. */
const media = createRoute({
  method: 'get',
  path: '/media/{jobId}/{file}',
  operationId: 'getJobFile',
  tags: ['Playback'],
  summary: 'A file of the version that players get',
  description: '`file` is a path within the version: `master.m3u8`, `720p/playlist.m3u8`, `poster.jpg`.',
  request: { params: z.object({ jobId: z.uuid(), file: z.string().openapi({ example: 'master.m3u8' }) }) },
  responses: { 302: { description: 'Where it stands right now. Not to be kept.' }, ...problems('not_found') },
});

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

function takeVideo(c: Context<ApiEnvironment>, kind: 'file' | 'form'): Promise<Response> {
  const contentType = c.req.header('content-type') ?? '';
  const context = c.get('context');
  const show = async (videoId: string) => {
    const video = await getVideo(context, { videoId });
    c.header('Location', `/api/videos/${videoId}`);
    return c.json(processorJob(video, await currentAssets(context, { videoId })), 202);
  };
  return once(c, {
    async run() {
      const videoId =
        kind === 'file' ? await receiveVideo(context, await fileBody(c, contentType)) : await takeForm();
      return { resourceId: videoId, answer: await show(videoId) };
    },
    again: show,
    // The boundary of a form is another one each time, and its length with it.
    bodyHash: kind === 'form' ? 'form' : `${contentType} ${c.req.header('content-length') ?? ''}`,
  });

  async function takeForm(): Promise<string> {
    const form = await formBody(c, contentType);
    const videoId = await receiveVideo(context, form);
    const late = definedMembers(form.lateWords());
    if (Object.keys(late).length > 0) await updateVideo(context, { videoId, ...late });
    return videoId;
  }
}
