import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { openChromium } from '#test/support/chromium.ts';
import { type ClientPages, serveClients } from '#test/support/clients/serve-clients.ts';
import { type Deployment, startDeployment } from './deployment.ts';
import {
  CLIENTS,
  type ClientName,
  ENDINGS,
  EXPECTATIONS,
  type Expectation,
  TROUBLES,
  type TroubleName,
} from './expectations.ts';
import { nodeTusClient } from './node-tus-client.ts';
import { pageClient } from './page-client.ts';
import { PROTOCOLS } from './protocols.ts';
import type { Remains } from './remains.ts';
import type { SourceFile } from './source-file.ts';
import { LONG_GRANT_SECONDS, pauseAndResume, type Scene, TROUBLES_BY_NAME } from './troubles.ts';

/** Longer than any of their time-outs, which are 30 s by default. */
const HOUR_SECONDS = 3600;
/** It sends all parts together, so that a pause or an error breaks several of them off. */
const SENDS_AT_ONCE: readonly ClientName[] = ['uppy-5'];

/** Holds each of the clients to what is expected of it in each trouble, no less and no more. */
export function testClients(clients: readonly ClientName[]): void {
  let deployment: Deployment;
  let pages: ClientPages;
  let browser: Browser;
  const files = new Map<number, SourceFile>();
  beforeAll(async () => {
    [deployment, pages, browser] = await Promise.all([startDeployment(), serveClients(), openChromium()]);
    for (const client of clients) {
      const { fileSizeBytes } = PROTOCOLS[client];
      files.set(fileSizeBytes, await deployment.file(fileSizeBytes));
    }
  });
  afterEach(() => deployment.reset());
  afterAll(async () => {
    await browser?.close();
    await pages?.close();
    await deployment?.close();
  });

  const cases = clients.flatMap((client) =>
    Object.keys(TROUBLES).flatMap((name) => {
      const trouble = name as TroubleName;
      const expectation = EXPECTATIONS[trouble][client];
      return expectation ? [{ client, trouble, ...expectation }] : [];
    }),
  );
  test.each(
    cases.map(
      (each) =>
        [`${CLIENTS[each.client]}, ${TROUBLES[each.trouble]}: ${ENDINGS[each.ending]}`, each] as const,
    ),
  )('%s', async (_, { client: name, trouble: troubleName, ending, leftover }) => {
    const protocol = PROTOCOLS[name];
    const file = files.get(protocol.fileSizeBytes) ?? (await deployment.file(protocol.fileSizeBytes));
    const trouble = TROUBLES_BY_NAME[troubleName]();
    await using client =
      name === 'tus-node' ? await nodeTusClient(file) : await pageClient(browser, pages, name, file);
    const owner = await deployment.owner(trouble.bearerLife ? { expiresIn: trouble.bearerLife } : {});
    const grantSeconds = trouble.grantSeconds ?? LONG_GRANT_SECONDS;
    const application = { client: name, apiUrl: deployment.api.url, owner, file, grantSeconds };
    const options = await protocol.options(application);
    const scene: Scene = { deployment, protocol, client, owner, options };

    trouble.prepare(scene);
    await client.start(options);
    await trouble.meanwhile?.(scene);
    await reach(ending, scene);

    const remains = await deployment.remains(owner.id);
    expect(remains).toMatchObject(expectedRemains(file, leftover));
    if (!leftover && !SENDS_AT_ONCE.includes(name)) expectNothingElseSentAgain(scene, file);
    await deployment.ageSessions(owner.id);
    expect((await deployment.remains(owner.id)).openMultiparts).toBe(0);
  });
}

/** What was stored is not sent again, only what the trouble met. */
function expectNothingElseSentAgain({ deployment, protocol }: Scene, file: SourceFile): void {
  const { side, method } = protocol.secondPart;
  const parts = deployment[side].passages.filter((passage) => passage.method === method);
  const met = parts.filter(({ fault }) => fault !== null && fault !== 'hold');
  const sentBytes = parts.reduce((sum, { receivedBytes }) => sum + receivedBytes, 0);
  expect(sentBytes).toBeLessThanOrEqual(file.bytes.byteLength + met.length * protocol.partSizeBytes);
}

/** What a user sees and does until the upload is done. Fails where a client needs more, and where it needs less. */
async function reach(ending: Expectation['ending'], scene: Scene): Promise<void> {
  const { client, options } = scene;
  const done = { outcome: 'done', message: '' };
  const failed = { outcome: 'failed', message: expect.stringMatching(/\w/) };
  if (ending === 'stuck') {
    await client.passSeconds(HOUR_SECONDS);
    expect(await client.isBusy()).toBe(true);
    await pauseAndResume(scene);
  }
  if (ending === 'retry' || ending === 'anew') {
    expect(await client.ended()).toEqual(failed);
    await client.retry();
  }
  if (ending === 'anew') {
    expect(await client.ended()).toEqual(failed);
    await client.restart();
    await client.start(options);
  }
  expect(await client.ended()).toEqual(done);
}

/** One video with exactly the file's bytes; of what else there is, the state it is in. */
function expectedRemains(file: SourceFile, leftover: Expectation['leftover']): Partial<Remains> {
  const one = { videos: ['UPLOADED'], sessions: ['COMPLETED'], sources: [file.sha256] };
  const beside = (video: string, session: string) => ({
    videos: [video, ...one.videos],
    sessions: [session, ...one.sessions],
    sources: one.sources,
  });
  if (leftover === 'canceled') return beside('FAILED', 'CANCELED');
  if (leftover === 'open') return beside('UPLOADING', 'INITIATED');
  if (leftover === 'partial') return beside('UPLOADING', 'IN_PROGRESS');
  if (leftover === 'second')
    return { ...beside('UPLOADED', 'COMPLETED'), sources: [file.sha256, file.sha256] };
  return { ...one, openMultiparts: 0 };
}
