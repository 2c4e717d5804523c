import { expect, test } from 'vitest';
import { notificationUrl } from '#providers/transcoders/coconut/notification-secret.ts';
import { NotificationMalformed, NotificationRejected } from '#providers/transcoders/transcoder.ts';
import { EVENTS, PLAIN } from './payloads.ts';
import { coconutWith, SECRETS } from './subject.ts';

const transcoder = coconutWith(() => Promise.reject(new Error('not asked')));
const jobId = '0197f3a0-0000-7000-8000-000000000001';
const webhookUrl = 'https://api.example.com/webhooks/coconut';
const urlOf = (id = jobId) => new URL(notificationUrl(webhookUrl, SECRETS.webhookSecret, id));

const parse = (body: unknown, url = urlOf()) =>
  transcoder.parseNotification({
    url,
    headers: new Headers(),
    rawBody: typeof body === 'string' ? body : JSON.stringify(body),
  });

test.each([
  ['input.transferred', 'progress', null],
  ['output.completed, video', 'progress', 60],
  ['output.completed, image', 'progress', 20],
  ['output.completed, httpstream', 'progress', 80],
  ['output.failed', 'progress', 66],
  ['job.completed', 'ended', 100],
  ['job.failed', 'ended', 100],
] as const)('%s is %s', async (name, kind, progressPercent) => {
  expect(await parse(EVENTS[name])).toEqual({
    eventId: null,
    jobId,
    providerJobId: '2QcExample',
    kind,
    progressPercent,
  });
});

test.each([
  [PLAIN, 'ended'],
  [{ ...PLAIN, status: 'failed' }, 'ended'],
  [{ ...PLAIN, status: 'processing' }, 'progress'],
  [{ job_id: 12345678, status: 'completed' }, 'ended'],
])('the plain form %j is %s', async (body, kind) => {
  const providerJobId = String(body.job_id);
  expect(await parse(body)).toMatchObject({ jobId, kind, providerJobId, progressPercent: null });
});

test.each([
  { job_id: 'a', event: 'output.skipped', data: {} },
  { job_id: 'a', event: 'constructor' },
  { job_id: 'a', status: 'paused' },
])('%j is about nothing that moves', async (body) => {
  expect(await parse(body)).toBeNull();
});

test('members of another kind are passed over', async () => {
  const body = { job_id: 'a', event: 'output.completed', data: ['x'], metadata: 'yes', extra: { deep: [1] } };
  expect(await parse(body)).toMatchObject({ kind: 'progress', progressPercent: null });
});

test.each(['', '<html>', '[]', 'null', '"text"', '{}', { event: 'job.completed' }, { job_id: 'a' }])(
  'an authentic %j is malformed',
  async (body) => {
    await expect(parse(body)).rejects.toBeInstanceOf(NotificationMalformed);
  },
);

test('an id that would fill the database is malformed', async () => {
  await expect(parse({ job_id: 'x'.repeat(300), event: 'job.failed' })).rejects.toBeInstanceOf(
    NotificationMalformed,
  );
});

test('only the address that a submission was given speaks for it', async () => {
  const other = urlOf('0197f3a0-0000-7000-8000-000000000002');
  const swapped = urlOf();
  swapped.searchParams.set('secret', other.searchParams.get('secret') ?? '');
  const truncated = urlOf();
  truncated.searchParams.set('secret', (truncated.searchParams.get('secret') ?? '').slice(0, -1));
  const doubled = urlOf();
  doubled.searchParams.append('submission', '0197f3a0-0000-7000-8000-000000000002');
  const foreign = new URL(notificationUrl(webhookUrl, 'another-webhook-secret-of-some-length', jobId));
  const bare = ['', '?submission=a', '?secret=b', '?submission=&secret='].map(
    (query) => new URL(webhookUrl + query),
  );
  for (const url of [swapped, truncated, doubled, foreign, ...bare])
    await expect(parse(EVENTS['job.completed'], url), url.search).rejects.toBeInstanceOf(
      NotificationRejected,
    );
});

test('who is not proven is told nothing about the body', async () => {
  await expect(parse('<html>', new URL(webhookUrl))).rejects.toBeInstanceOf(NotificationRejected);
});

test('Coconut adds its own parameters to the address', async () => {
  const url = urlOf();
  url.searchParams.append('region', 'eu');
  expect(await parse(EVENTS['job.completed'], url)).toMatchObject({ jobId });
});
