import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { createApi } from '#api/app.ts';
import { type RunningApi, serveApi } from '#api/serve.ts';
import { ownerIdOf } from '#domain/access/owner-id.ts';
import { sweepCanary } from '#domain/operations/sweep-canary.ts';
import { checkSessions } from '#domain/upload/check-sessions.ts';
import { CANARY_ARCHIVE_PATHS, CANARY_STEPS } from '#infra/aws/canary/code.ts';
import { waitFor } from '#test/support/conditions.ts';
import { createTestPlatform, type TestPlatform } from '#test/support/platform.ts';
import { freePort } from '#test/support/ports.ts';
import { TASKS } from '#worker/task-list.ts';
import { type CanaryRun, runCanary } from './lambda.ts';

const SUBJECT = 'sluice-canary';
const OWNER = ownerIdOf(SUBJECT, '');
const HOUR_MS = 3_600_000;

type Answer = (request: Request) => Response | Promise<Response>;

let platform: TestPlatform;
let server: RunningApi;
let api: Answer;
/** What stands before the API in a test; by default nothing. */
let before: (request: Request, answer: Answer) => Response | Promise<Response>;
let aheadMs = 0;

beforeAll(async () => {
  platform = await createTestPlatform({
    env: { CANARY_SUBJECT: SUBJECT },
    now: () => new Date(Date.now() + aheadMs),
    replace: ({ settings }) => ({
      settings: {
        ...settings,
        // The least that a URL can live, so that a test can see one expire.
        policies: { ...settings.policies, mobile: { ...settings.policies.mobile, urlTtlSeconds: 1 } },
      },
    }),
  });
  const app = createApi(platform);
  api = (request) => app.fetch(request);
  server = await serveApi({ fetch: (request) => before(request, api) }, { port: 0, host: '127.0.0.1' });
  untouched();
});
afterEach(() => untouched());
afterAll(async () => {
  await server.close(1000);
  await platform.close();
});

function untouched(): void {
  aheadMs = 0;
  before = (request, answer) => answer(request);
}

const url = () => `http://127.0.0.1:${server.port}`;
const system = () => platform.context({ kind: 'system' });
const sql = async <T>(statement: string, values: unknown[] = []): Promise<T[]> =>
  (await system().em.execute(statement, values)) as T[];

async function run(changes: Partial<Parameters<typeof runCanary>[0]> = {}): Promise<CanaryRun> {
  return runCanary({ apiUrl: url(), token: await platform.token(SUBJECT), ...changes });
}

/** Changes the answers of one route. */
function answering(
  method: string,
  route: RegExp,
  change: (answer: Response) => Response | Promise<Response>,
): void {
  before = async (request, answer) => {
    const isMeant = request.method === method && route.test(new URL(request.url).pathname);
    const response = await answer(request);
    return isMeant ? change(response) : response;
  };
}

/** Changes the URL that a part is signed with. */
function withUploadUrl(change: (uploadUrl: string, expiresAt: Date) => string | Promise<string>): void {
  answering('POST', /\/parts$/, async (answer) => {
    const part = (await answer.json()) as { uploadUrl: string; expiresAt: string };
    return Response.json({ ...part, uploadUrl: await change(part.uploadUrl, new Date(part.expiresAt)) });
  });
}

/** What is left of the canary once the sweep and the purges have run. */
async function leftAfterSweep(): Promise<{ videos: number; multiparts: string[] }> {
  aheadMs += 2 * HOUR_MS;
  await sweepCanary(system());
  const deleted = await sql<{ id: string }>('select id from videos where owner_id = ?', [OWNER]);
  aheadMs += 2 * HOUR_MS;
  for (const { id: videoId } of deleted)
    await TASKS['purge-video'](system(), { videoId }, new AbortController().signal);
  const { sources } = system().storage;
  const open = await Array.fromAsync(sources.listMultiparts('uploads/'));
  const left = await sql<{ id: string }>('select id from videos where owner_id = ?', [OWNER]);
  return { videos: left.length, multiparts: open.map(({ key }) => key) };
}

test.each(CANARY_ARCHIVE_PATHS)(
  'a healthy deployment passes every step, by the script at %s',
  async (place) => {
    const token = await platform.token(SUBJECT);
    const done = await runCanary({ apiUrl: url(), token }, place);
    expect(done).toMatchObject({
      passed: true,
      message: expect.stringContaining('signed, taken by storage'),
    });
    expect(done.steps).toEqual(CANARY_STEPS.map((name) => ({ name, passed: true })));
    const kept = await sql('select id from videos where owner_id = ? and deleted_at is null', [OWNER]);
    expect(kept).toEqual([]);
    expect(await leftAfterSweep()).toEqual({ videos: 0, multiparts: [] });
  },
);

test('nothing of it is ever whole: nothing is completed, probed or transcoded, and nobody is told', async () => {
  before = (request, answer) =>
    request.method === 'DELETE' ? new Response(null, { status: 503 }) : answer(request);
  expect((await run()).passed).toBe(false);
  aheadMs += HOUR_MS / 2;
  await checkSessions(system());
  const [video] = await sql(
    'select status, fail_reason from videos where owner_id = ? and deleted_at is null',
    [OWNER],
  );
  expect(video).toEqual({ status: 'UPLOADING', fail_reason: null });
  expect(await sql('select id from webhook_messages')).toEqual([]);
  expect(await leftAfterSweep()).toEqual({ videos: 0, multiparts: [] });
});

interface Trouble {
  readonly of: string;
  /** What stands in its way. */
  readonly disturb?: () => void;
  /** What it is told instead of the truth. */
  readonly told?: () => Promise<Partial<Parameters<typeof runCanary>[0]>>;
  readonly says: RegExp;
  readonly failed: readonly string[];
}

const TROUBLES: readonly Trouble[] = [
  {
    of: 'an API that is away',
    told: async () => ({ apiUrl: `http://127.0.0.1:${await freePort()}` }),
    says: /^create: the API did not answer \(ECONNREFUSED\)$/,
    failed: ['create'],
  },
  {
    of: 'a token of somebody else',
    told: async () => ({ token: `${(await platform.token(SUBJECT)).slice(0, -8)}AAAAAAAA` }),
    says: /^create: the API answered 401 unauthenticated \(request [\w-]+\)$/,
    failed: ['create'],
  },
  {
    of: 'a secret that is not to be had',
    told: async () => ({ secretArn: 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:other' }),
    says: /^credential: the token cannot be read \(ResourceNotFoundException\)$/,
    failed: ['credential'],
  },
  {
    of: 'a storage that refuses the signature',
    disturb: () => withUploadUrl((uploadUrl) => uploadUrl.replace(/(X-Amz-Signature=)\w{8}/, '$100000000')),
    says: /^store: storage answered 403 SignatureDoesNotMatch$/,
    failed: ['store'],
  },
  {
    of: 'a signed URL that has expired',
    disturb: () =>
      withUploadUrl(async (uploadUrl, expiresAt) => {
        await waitFor('the URL to expire', async () => Date.now() > expiresAt.getTime() + 1000);
        return uploadUrl;
      }),
    says: /^store: storage answered 403 AccessDenied$/,
    failed: ['store'],
  },
  {
    of: 'a storage that is away',
    disturb: () =>
      withUploadUrl(async (uploadUrl) => uploadUrl.replace(/:\/\/[^/]+/, `://127.0.0.1:${await freePort()}`)),
    says: /^store: storage did not answer \(ECONNREFUSED\)$/,
    failed: ['store'],
  },
  {
    of: 'a signer that fails',
    disturb: () =>
      answering('POST', /\/parts$/, () => Response.json({ code: 'storage_unavailable' }, { status: 503 })),
    says: /^sign: the API answered 503 storage_unavailable \(request unknown\)$/,
    failed: ['sign'],
  },
  {
    of: 'a part that is gone',
    disturb: () =>
      answering('GET', /^\/api\/uploads\//, async (answer) =>
        Response.json({ ...((await answer.json()) as object), stored: '' }),
      ),
    says: /^look: part 2 is not what storage has$/,
    failed: ['look'],
  },
  {
    of: 'an API that goes away in the middle and cannot be cleaned up at',
    disturb: () => {
      before = (request, answer) =>
        request.method === 'DELETE' || request.url.endsWith('/parts')
          ? new Response('<h1>Bad gateway</h1>', { status: 502 })
          : answer(request);
    },
    says: /^sign: the API answered 502 unknown \(request unknown\); then delete: the API answered 502 unknown/,
    failed: ['sign', 'delete'],
  },
  {
    of: 'a deletion that deletes nothing',
    disturb: () =>
      answering('GET', /^\/api\/videos\//, () => Response.json({ status: 'UPLOADING' }, { status: 200 })),
    says: /^delete: a deleted video is answered with 200$/,
    failed: ['delete'],
  },
];

test.each(TROUBLES)(
  '$of fails it, by a message that holds no secret, and leaves nothing',
  async (trouble) => {
    trouble.disturb?.();
    const done = await run(await trouble.told?.());
    expect(done.passed).toBe(false);
    expect(done.message).toMatch(trouble.says);
    expect(done.steps.filter(({ passed }) => !passed).map(({ name }) => name)).toEqual(trouble.failed);
    expect(done.output).not.toMatch(/eyJ|X-Amz-|Bearer|up_/);
    expect(await leftAfterSweep()).toEqual({ videos: 0, multiparts: [] });
  },
);
