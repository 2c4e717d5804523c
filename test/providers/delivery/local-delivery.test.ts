import { expect, test } from 'vitest';
import { localDelivery } from '#providers/delivery/local-delivery.ts';
import { deliveryContract } from '#test/contract/delivery.contract.ts';

deliveryContract('the API itself', () => localDelivery('https://video.example.com'));

test('a public URL with a path keeps it', () => {
  expect(localDelivery('https://example.com/video').playbackUrl('videos/x/hls/v/master.m3u8')).toBe(
    'https://example.com/video/media/videos/x/hls/v/master.m3u8',
  );
});
