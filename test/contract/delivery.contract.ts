import { describe, expect, test } from 'vitest';
import type { Delivery } from '#providers/delivery/delivery.ts';

const VIDEO = 'videos/01a1fe5d-2e07-7330-b1f0-bfa8aea7e89b/';
const KEY = `${VIDEO}hls/0123456789abcdef0123456789abcdef/720p/playlist.m3u8`;

/** What every delivery adapter promises, whoever serves the bytes. */
export function deliveryContract(name: string, makeSubject: () => Delivery): void {
  describe(`delivery by ${name}`, () => {
    test('a playback URL is absolute, says its key, and carries no secret', () => {
      const url = new URL(makeSubject().playbackUrl(KEY));
      expect(decodeURIComponent(url.pathname)).toMatch(new RegExp(`/${KEY}$`));
      expect([url.username, url.password, url.search, url.hash]).toEqual(['', '', '', '']);
    });

    test('relative URIs of a playlist lead to the keys beside it', () => {
      const delivery = makeSubject();
      const master = delivery.playbackUrl(`${VIDEO}hls/v/master.m3u8`);
      expect(new URL('720p/playlist.m3u8', master).href).toBe(
        delivery.playbackUrl(`${VIDEO}hls/v/720p/playlist.m3u8`),
      );
    });

    test('the same key has the same URL, another key another', () => {
      const delivery = makeSubject();
      expect(delivery.playbackUrl(KEY)).toBe(delivery.playbackUrl(KEY));
      expect(delivery.playbackUrl(KEY)).not.toBe(delivery.playbackUrl(`${KEY}x`));
    });

    test.each(['a b', 'ä', '動画', '100%', '%2e%2e', 'a?b', 'a#b', 'a+b', 'a&b=c', '*', '"\'<>', 'a\\b'])(
      '%s in a key stays in the path and comes out of it as it was',
      (odd) => {
        const url = new URL(makeSubject().playbackUrl(`videos/x/${odd}/y.ts`));
        expect([url.search, url.hash]).toEqual(['', '']);
        expect(decodeURIComponent(url.pathname).endsWith(`/videos/x/${odd}/y.ts`)).toBe(true);
        // A plus is a space to those who read forms.
        expect(url.pathname).not.toContain('+');
      },
    );

    test('dots in a key do not lead out of what is served', () => {
      const delivery = makeSubject();
      const url = new URL(delivery.playbackUrl('videos/x/../y.ts'));
      expect(url.origin).toBe(new URL(delivery.playbackUrl(KEY)).origin);
      expect(url.pathname.endsWith('/y.ts')).toBe(true);
    });

    test('an invalidation may be repeated, also of what was never there', async () => {
      const delivery = makeSubject();
      await delivery.invalidate(VIDEO);
      await delivery.invalidate(VIDEO);
    });

    test('a crowd of invalidations at once is taken whole', async () => {
      const delivery = makeSubject();
      const prefixes = Array.from({ length: 12 }, (_, index) => `videos/${index}/`);
      await Promise.all([...prefixes, ...prefixes].map((prefix) => delivery.invalidate(prefix)));
    });
  });
}
