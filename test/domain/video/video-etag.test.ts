import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ifMatchPasses } from '#domain/etag.ts';
import { videoEtag } from '#domain/video/video-etag.ts';

const text = fc.string({ unit: 'grapheme' });
const edits = fc.record({ title: text, description: fc.option(text) });
const etag = videoEtag({ title: 'A', description: null });

test('it is a strong validator as RFC 9110 spells one', () => {
  fc.assert(
    fc.property(edits, (video) => {
      expect(videoEtag(video)).toMatch(/^"[!#-~]+"$/);
    }),
  );
});

test('it differs exactly when what PATCH can change differs', () => {
  fc.assert(
    fc.property(edits, edits, (one, two) => {
      const same = one.title === two.title && one.description === two.description;
      expect(videoEtag(one) === videoEtag(two)).toBe(same);
    }),
  );
});

test('no description, an empty one and the word null are three things', () => {
  const etags = [null, '', 'null'].map((description) => videoEtag({ title: 'A', description }));
  expect(new Set(etags).size).toBe(3);
});

test('title and description do not run into each other', () => {
  expect(videoEtag({ title: 'A', description: 'B' })).not.toBe(
    videoEtag({ title: 'A","B', description: null }),
  );
});

test.each([etag, '*', ` ${etag} `, `"x", ${etag}`, `${etag},"y"`, ' * '])(
  'If-Match: %s lets it pass',
  (ifMatch) => {
    expect(ifMatchPasses(ifMatch, etag)).toBe(true);
  },
);

test.each(['', '"x"', `W/${etag}`, etag.replaceAll('"', ''), `"*"`, `${etag}x`, ','])(
  'If-Match: %s does not',
  (ifMatch) => {
    expect(ifMatchPasses(ifMatch, etag)).toBe(false);
  },
);
