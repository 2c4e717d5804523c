import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { waitFor } from '#test/support/conditions.ts';
import { type FaultProxy, startFaultProxy } from '#test/support/fault-proxy.ts';
import { hold } from '#test/support/faults.ts';
import { type Program, startProgram } from '#test/support/processes.ts';
import { useTwoClouds } from './two-clouds.ts';

const clouds = useTwoClouds();
const { stage } = clouds;
let proxy: FaultProxy;
beforeAll(async () => {
  proxy = await startFaultProxy(clouds.serverUrl);
});
beforeEach(() => proxy.reset());
afterAll(() => proxy.close());

/** `npm run ops -- move`, which reaches the second cloud through the proxy. */
function ops(...words: string[]): Program {
  const second = { ...clouds.secondStorage(), S3_ENDPOINT: proxy.url };
  return startProgram(['scripts/ops.ts', 'move', ...words], {
    ...stage.platform.env,
    SECOND_STORAGE: JSON.stringify(second),
  });
}

async function answer(program: Program): Promise<{ code: number | null; json: Record<string, never> }> {
  const { code } = await program.ended;
  return { code, json: JSON.parse(program.out()) };
}

/** Keys that were PUT through the proxy, parts and buckets apart. */
function sent(): string[] {
  return proxy.passages
    .filter(({ method, url, status }) => method === 'PUT' && status === 200 && url.includes('/videos/'))
    .map(({ url }) => url);
}

test('a mover that is killed in the middle goes on where it was', async () => {
  const videos = [await stage.ready(), await stage.ready()];
  proxy.plant(hold(new Promise(() => undefined)), { method: 'PUT', url: /\/videos\//, from: 5, times: 1000 });
  await using killed = ops('--to', 'second', '--yes', '--transfers', '2');
  await waitFor('copies to be held up', async () => {
    const held = proxy.passages.filter(({ fault }) => fault === 'hold');
    const copied = await stage.sql('select key from moved_objects');
    return held.length === 2 && copied.length >= 4;
  });
  killed.signal('SIGKILL');
  await killed.ended;
  const copied = await stage.sql<{ key: string }>(`select key from moved_objects where bucket = 'media'`);
  expect(copied.length).toBeGreaterThan(0);
  for (const { videoId } of videos) expect(await clouds.storageOf(videoId)).not.toBe('cloud-b');

  // Its leases run out by themselves; here nobody waits for them.
  await stage.sql(`update video_moves set lease_until = now() - interval '1 second'`);
  proxy.reset();
  const plan = await answer(ops('--to', 'second', '--dry-run', '--json'));
  expect(plan).toMatchObject({ code: 0, json: { videos: 2, dryRun: true } });
  const { copied: counted } = plan.json as { copied?: { objects: number } };
  expect(counted?.objects).toBeGreaterThanOrEqual(4);
  const moved = await answer(ops('--to', 'cloud-b', '--yes', '--json'));
  expect(moved).toMatchObject({ code: 0, json: { moved: { videos: 2 }, failed: [], skipped: [] } });
  expect(sent().length).toBeGreaterThan(0);
  expect(copied.filter(({ key }) => sent().some((url) => url.includes(key)))).toEqual([]);
  for (const { videoId } of videos)
    expect(await clouds.contents(clouds.b, videoId)).toEqual(await clouds.contents(clouds.a, videoId));
});

test('Ctrl-C stops between two videos, and says what is done', async () => {
  await stage.ready();
  let release: () => void = () => undefined;
  proxy.plant(hold(new Promise<void>((resolve) => (release = resolve))), {
    method: 'PUT',
    url: /\/videos\//,
    times: 1000,
  });
  const mover = ops('--to', 'second', '--yes', '--json');
  await waitFor('a copy to be held up', async () => proxy.passages.some(({ fault }) => fault === 'hold'));
  mover.signal('SIGINT');
  await waitFor('it to give up', async () => mover.isOver());
  release();
  expect(await mover.ended).toMatchObject({ code: 130 });
  expect(JSON.parse(mover.out())).toMatchObject({ stopped: true, moved: { videos: 0 } });
});

test('what is left because it is in work is said, with exit code 4', async () => {
  const ready = await stage.ready();
  const sending = await stage.opened();
  const program = ops('--to', 'second', '--yes');
  expect((await program.ended).code).toBe(4);
  expect(program.out()).toContain('1 video moved from');
  expect(program.out()).toContain('a file is being uploaded');
  expect(await clouds.storageOf(ready.videoId)).toBe('cloud-b');
  expect(await clouds.storageOf(sending.videoId)).not.toBe('cloud-b');
});

test('a storage that nobody knows is refused in one line', async () => {
  const program = ops('--to', 'cloud-c', '--yes');
  expect((await program.ended).code).toBe(3);
  expect(program.err().trim().split('\n')).toHaveLength(1);
  expect(program.err()).toContain('cloud-c is neither of the two storages');
});
