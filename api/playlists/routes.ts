import { createRoute, OpenAPIHono, type z } from '@hono/zod-openapi';
import { definedMembers } from '#api/defined-members.ts';
import type { ApiEnvironment } from '#api/environment.ts';
import { authentication } from '#api/middleware/authentication.ts';
import { jsonContent } from '#api/openapi/contents.ts';
import { problems } from '#api/problems/problem-schema.ts';
import { validationHook } from '#api/problems/validation-hook.ts';
import type { Platform } from '#bootstrap/platform.ts';
import { getPlaylist } from '#domain/playlist/get-playlist.ts';
import { listPlaylists } from '#domain/playlist/list-playlists.ts';
import type { PlaylistSummary, PlaylistView } from '#domain/playlist/playlist-view.ts';
import { PlaylistBody, PlaylistList, PlaylistListQuery, PlaylistParams, PlaylistQuery } from './schemas.ts';

const OWNERS = { tags: ['Playlists'], security: [{ bearer: [] }] };

const list = createRoute({
  ...OWNERS,
  method: 'get',
  path: '/api/playlists',
  operationId: 'listPlaylists',
  summary: 'List your playlists',
  description: 'Newest first. Pass `nextCursor` on as `cursor` until it is null.',
  request: { query: PlaylistListQuery },
  responses: { 200: jsonContent(PlaylistList, 'A page.'), ...problems('unauthenticated', 'invalid_request') },
});

const read = createRoute({
  ...OWNERS,
  method: 'get',
  path: '/api/playlists/{playlistId}',
  operationId: 'getPlaylist',
  summary: 'Read a playlist',
  description:
    'With what came of each entry, in the order of the ZIP, a page at a time. A ZIP of which nothing could be taken is FAILED; one bad entry is REFUSED and takes no other with it.',
  request: { params: PlaylistParams, query: PlaylistQuery },
  responses: {
    200: jsonContent(PlaylistBody, 'The playlist.'),
    ...problems('unauthenticated', 'playlist_not_found', 'invalid_request', 'invalid_cursor'),
  },
});

/** `/api/playlists`: what came of an upload that may hold many videos. */
export function playlistRoutes(platform: Platform) {
  const app = new OpenAPIHono<ApiEnvironment>({ defaultHook: validationHook });
  app.use('/api/playlists/*', authentication(platform));
  return app
    .openapi(list, async (c) => {
      const { cursor: before, ...query } = c.req.valid('query');
      const page = await listPlaylists(c.get('context'), definedMembers({ ...query, before }));
      return c.json({ items: page.items.map(summaryBody), nextCursor: page.nextBefore }, 200);
    })
    .openapi(read, async (c) => {
      const query = definedMembers(c.req.valid('query'));
      const playlist = await getPlaylist(c.get('context'), { ...c.req.valid('param'), ...query });
      return c.json(playlistBody(playlist), 200);
    });
}

function summaryBody(playlist: PlaylistSummary): z.infer<typeof PlaylistList>['items'][number] {
  const { id, title, fileName, state, failReason, failDetail, createdAt } = playlist;
  return { id, title, fileName, state, failReason, failDetail, createdAt: createdAt.toISOString() };
}

function playlistBody(playlist: PlaylistView): z.infer<typeof PlaylistBody> {
  return {
    ...summaryBody(playlist),
    counts: { ...playlist.counts },
    videos: playlist.videos.map((video) => ({ ...video })),
    nextCursor: playlist.nextCursor,
  };
}
