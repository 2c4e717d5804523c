import { afterEach, describe, expect, test } from 'vitest';
import type { DomainError } from '#domain/errors.ts';
import { cancelUpload } from '#domain/upload/cancel-upload.ts';
import { completeUpload } from '#domain/upload/complete-upload.ts';
import { getUpload } from '#domain/upload/get-upload.ts';
import { pauseUpload } from '#domain/upload/pause-upload.ts';
import { resumeUpload } from '#domain/upload/resume-upload.ts';
import { signParts } from '#domain/upload/sign-parts.ts';
import { FILE_SIZE_BYTES, type OpenedUpload, useStage } from '../stage.ts';

const stage = useStage();
afterEach(() => stage.reset());

const VERBS = { pause: pauseUpload, resume: resumeUpload, cancel: cancelUpload };
type Verb = keyof typeof VERBS;
const run = (verb: Verb, upload: OpenedUpload) => VERBS[verb](stage.as(upload.ownerId), upload);
const cleanings = (upload: OpenedUpload) => stage.queue('clean-session', { sessionId: upload.sessionId });

/** Sessions by how they came to where they are. */
const MAKE = {
  INITIATED: () => stage.opened(),
  async IN_PROGRESS() {
    const upload = await stage.opened();
    await signParts(stage.as(upload.ownerId), { sessionId: upload.sessionId, partNumbers: [1] });
    return upload;
  },
  async PAUSED() {
    const upload = await stage.opened();
    await run('pause', upload);
    return upload;
  },
  COMPLETED: () => stage.uploaded(),
  async CANCELED() {
    const upload = await stage.opened();
    await run('cancel', upload);
    return upload;
  },
  async FAILED() {
    const upload = await stage.opened();
    await stage.sql("update upload_sessions set status = 'FAILED' where id = ?", [upload.sessionId]);
    return upload;
  },
};

test.each<[keyof typeof MAKE, Verb, string]>([
  ['INITIATED', 'pause', 'PAUSED'],
  ['INITIATED', 'resume', 'illegal_transition'],
  ['INITIATED', 'cancel', 'CANCELED'],
  ['IN_PROGRESS', 'pause', 'PAUSED'],
  ['IN_PROGRESS', 'resume', 'IN_PROGRESS'],
  ['IN_PROGRESS', 'cancel', 'CANCELED'],
  ['PAUSED', 'pause', 'PAUSED'],
  ['PAUSED', 'resume', 'IN_PROGRESS'],
  ['PAUSED', 'cancel', 'CANCELED'],
  ['COMPLETED', 'pause', 'upload_closed'],
  ['COMPLETED', 'resume', 'upload_closed'],
  ['COMPLETED', 'cancel', 'upload_closed'],
  ['CANCELED', 'pause', 'upload_closed'],
  ['CANCELED', 'resume', 'upload_closed'],
  ['CANCELED', 'cancel', 'CANCELED'],
  ['FAILED', 'pause', 'upload_expired'],
  ['FAILED', 'resume', 'upload_expired'],
  ['FAILED', 'cancel', 'upload_expired'],
])('an upload that is %s answers %s with %s', async (from, verb, outcome) => {
  const upload = await MAKE[from]();
  const answer = await run(verb, upload).then(
    ({ status }) => status,
    ({ code }: DomainError) => code,
  );
  expect(answer).toBe(outcome);
});

test.each<[Verb]>([['pause'], ['resume'], ['cancel']])(
  'nobody may %s an upload that is being completed',
  async (verb) => {
    const upload = await MAKE.IN_PROGRESS();
    await stage.sql("update upload_sessions set completing_until = now() + interval '1 min' where id = ?", [
      upload.sessionId,
    ]);
    await expect(run(verb, upload)).rejects.toMatchObject({ code: 'completing' });
  },
);

test('a pause keeps what is stored, and a resume goes on with a whole life ahead', async () => {
  const upload = await stage.opened();
  await stage.sendParts(upload, [1]);
  expect(await run('pause', upload)).toMatchObject({ status: 'PAUSED', stored: '1' });
  stage.passSeconds(6 * 24 * 3600);
  const resumed = await run('resume', upload);
  expect(resumed.stored).toBe('1');
  expect(resumed.expiresAt.getTime() - stage.now().getTime()).toBeGreaterThan(6.9 * 24 * 3600 * 1000);
  await stage.sendParts(upload, [2]);
  expect((await completeUpload(stage.as(upload.ownerId), upload)).outcome).toBe('completed');
});

test('an upload whose time is over can be canceled, and nothing else', async () => {
  const upload = await MAKE.PAUSED();
  stage.passSeconds(8 * 24 * 3600);
  await expect(run('pause', upload)).rejects.toMatchObject({ code: 'upload_expired' });
  await expect(run('resume', upload)).rejects.toMatchObject({ code: 'upload_expired' });
  expect(await run('cancel', upload)).toMatchObject({ status: 'CANCELED' });
  expect(await stage.standing(upload.videoId)).toEqual(['FAILED', 'UPLOAD_CANCELED']);
});

test('a cancel that is repeated cleans no more often, and the storage ends empty', async () => {
  const upload = await stage.opened();
  await stage.sendParts(upload, [1, 2]);
  await run('cancel', upload);
  const queued = await cleanings(upload);
  await run('cancel', upload);
  expect(await cleanings(upload)).toEqual(queued);
  await stage.runJobs('clean-session');
  const { sources } = stage.system().storage;
  expect(await Array.fromAsync(sources.listMultiparts(upload.key))).toEqual([]);
  expect(await stage.keys('sources', `uploads/${upload.videoId}/`)).toEqual([]);
});

describe('at the same moment', () => {
  const SETTLED = ['completing', 'upload_paused', 'upload_closed', 'illegal_transition', 'parts_missing'];

  /** All at once; answers the refusals. */
  async function together(calls: (() => Promise<unknown>)[]): Promise<string[]> {
    const answers = await Promise.allSettled(calls.map((call) => call()));
    return answers.flatMap((answer) => (answer.status === 'rejected' ? [answer.reason.code] : []));
  }

  test.each([1, 2, 3, 4])(
    'completes, pauses, resumes, cancels and signatures end in one state that fits the video (%i)',
    async () => {
      const upload = await stage.sent(undefined, FILE_SIZE_BYTES);
      const context = () => stage.as(upload.ownerId);
      const sign = () => signParts(context(), { sessionId: upload.sessionId, partNumbers: [1] });
      const complete = () => completeUpload(context(), upload);
      const refusals = await together([
        complete,
        () => run('pause', upload),
        sign,
        () => run('cancel', upload),
        complete,
        () => run('resume', upload),
        sign,
      ]);
      expect(refusals.filter((code) => !SETTLED.includes(code))).toEqual([]);
      const { status } = await getUpload(context(), upload);
      const [video] = await stage.standing(upload.videoId);
      const fits: Record<string, string> = {
        COMPLETED: 'UPLOADED',
        CANCELED: 'FAILED',
        PAUSED: 'UPLOADING',
        IN_PROGRESS: 'UPLOADING',
      };
      expect(video).toBe(fits[status]);
      const probes = await stage.queue('probe-source', { videoId: upload.videoId });
      expect(probes).toHaveLength(status === 'COMPLETED' ? 1 : 0);
      const { completing_until } = await stage.row('upload_sessions', upload.sessionId);
      expect(completing_until).toBeNull();
    },
  );

  test('two devices that send the same upload finish it once, whole', async () => {
    const upload = await stage.opened();
    const device = async (first: number) => {
      for (const part of [first, 3 - first])
        await stage.sendParts(upload, [part]).catch((error: Error) => {
          // The other device was done meanwhile: storage knows no such upload any more, and complete says how it ended.
          if (!error.message.startsWith('PUT of a part: 404')) throw error;
        });
      return completeUpload(stage.as(upload.ownerId), upload);
    };
    const refusals = await together([() => device(1), () => device(2)]);
    // A device may find the other one's part replaced between listing and joining: it calls again.
    expect(
      refusals.filter((code) => !['completing', 'parts_mismatch', 'upload_closed'].includes(code)),
    ).toEqual([]);
    await completeUpload(stage.as(upload.ownerId), upload);
    expect((await stage.system().storage.sources.head(upload.key)).sizeBytes).toBe(FILE_SIZE_BYTES);
    expect(await stage.queue('probe-source', { videoId: upload.videoId })).toHaveLength(1);
  });
});
