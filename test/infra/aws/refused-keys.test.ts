import { expect, test } from 'vitest';
import { CONFIG, record } from './recording.ts';

const CERTIFICATE = 'arn:aws:acm:eu-central-1:111122223333:certificate/1';

test.each([
  [{ zoneId: 'Z123' }, 'zoneId does nothing without domain: set it too'],
  [{ certificateArn: CERTIFICATE }, 'certificateArn does nothing without domain: set it too'],
  [{ mediaCertificateArn: CERTIFICATE }, 'mediaCertificateArn does nothing without mediaDomain: set it too'],
  [{ canarySubject: 'probe' }, 'canarySubject does nothing without canary: set it too'],
  [{ canaryToken: 'x', canary: 'false' }, 'canaryToken does nothing without canary: set it too'],
  [{ apiRateLimit: '9' }, 'apiRateLimit must be a whole number from 10 to 2000000000; given: 9'],
  [{ apiRateLimit: '2000000001' }, 'apiRateLimit must be a whole number'],
  [
    { environment: 'prod-2' },
    'environment must not end in -2, as names of a second region do; given: prod-2',
  ],
] as const)('what would do nothing or clash is refused in one line: %j', async (change, reason) => {
  await expect(record({ ...CONFIG, ...change })).rejects.toThrow(reason);
});

test('the least limit and a name with another number are taken', async () => {
  const { resources } = await record({ ...CONFIG, apiRateLimit: '10', environment: 'prod-1', layer: 'site' });
  expect(resources.length).toBeGreaterThan(0);
});
