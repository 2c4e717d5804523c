import { expect, test } from 'vitest';
import { playedStream } from '#test/media/mediaconvert/played-stream.ts';
import { makeClip } from '#test/support/clips.ts';
import { coconutDeployment } from './deployment.ts';

test('what Coconut cannot make is made by FFmpeg, where it is the fallback', async () => {
  const { pipeline, fake, jobsOf, close } = await coconutDeployment({ TRANSCODER_FALLBACK: 'ffmpeg' });
  try {
    fake.faults.failingOutputs = { hls: 'transcoding_cant_be_encoded' };
    const video = await pipeline.untilReady(await pipeline.uploadClip(await makeClip('silent')));
    expect(jobsOf(video.id)).toHaveLength(1);
    expect((await playedStream(video)).map(({ resolution }) => resolution)).toEqual(['320x180']);
    const attempts = await pipeline.rows<{ provider: string; state: string }>(
      'select provider, state from transcode_jobs where video_id = ? order by created_at',
      [video.id],
    );
    expect(attempts).toEqual([
      { provider: 'coconut', state: 'FAILED' },
      { provider: 'ffmpeg', state: 'SUCCEEDED' },
    ]);
  } finally {
    await close();
  }
});
