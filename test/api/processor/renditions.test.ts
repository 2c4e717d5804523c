import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { publish, runStatement, uploaded } from '../pipeline-steps.ts';
import { createTestApi } from '../test-api.ts';

test('a ready job shows each quality once, the largest first, with its playlist and its MP4 where there is one', async () => {
  const api = await createTestApi();
  try {
    const { videoId } = await uploaded(api);
    const prefix = await publish(api, videoId, { 'master.m3u8': '#EXTM3U\n' });
    await runStatement(api.platform, "update videos set created_via = 'processor' where id = ?", [videoId]);
    const assets = [
      ['HLS_RENDITION', 'fmp4', '360p', 640, 360, '360p/playlist.m3u8'],
      ['HLS_RENDITION', 'fmp4', '720p', 1280, 720, '720p/playlist.m3u8'],
      ['MP4', 'mp4', '720p', 1280, 720, '720p.mp4'],
      ['HLS_AUDIO', 'fmp4', 'audio', null, null, 'audio/playlist.m3u8'],
    ] as const;
    for (const [type, container, quality, width, height, file] of assets)
      await runStatement(
        api.platform,
        `insert into video_assets (id, video_id, version, type, container, quality_label, width, height, file_key, created_at)
         select ?, id, current_version, ?, ?, ?, ?, ?, ?, now() from videos where id = ?`,
        [randomUUID(), type, container, quality, width, height, prefix + file, videoId],
      );
    const url = (file: string) => `http://localhost:4000/media/${prefix}${file}`;
    const job = await (await api.call('GET', `/api/videos/${videoId}`)).json();
    expect(job).toMatchObject({
      jobId: videoId,
      status: 'ready',
      manifestUrl: url('master.m3u8'),
      renditions: [
        {
          quality: '720p',
          width: 1280,
          height: 720,
          playlistUrl: url('720p/playlist.m3u8'),
          url: url('720p.mp4'),
        },
        { quality: '360p', width: 640, height: 360, playlistUrl: url('360p/playlist.m3u8'), url: null },
      ],
    });
  } finally {
    await api.close();
  }
});
