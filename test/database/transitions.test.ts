import { describe, expect, test } from 'vitest';
import { DomainError } from '#domain/errors.ts';
import type { StateMachine } from '#domain/state-machine.ts';
import { transcodeJobStates } from '#domain/transcode/transcode-job-states.ts';
import { uploadSessionStates } from '#domain/upload/upload-session-states.ts';
import { videoStates } from '#domain/video/video-states.ts';
import { refusalOf, useDatabase } from './connections.ts';
import { insertAsset, insertJob, insertSession, insertVideo, update } from './rows.ts';

const { connection } = useDatabase();

/** What the design says, written a second time: a table that changes by accident disagrees with this one. */
const DESIGNED: Record<string, Record<string, string[]>> = {
  videos: {
    DRAFT: ['UPLOADING'],
    UPLOADING: ['UPLOADED', 'FAILED'],
    UPLOADED: ['TRANSCODING', 'FAILED'],
    TRANSCODING: ['READY', 'FAILED'],
    READY: [],
    FAILED: ['TRANSCODING', 'UPLOADING'],
  },
  upload_sessions: {
    INITIATED: ['IN_PROGRESS', 'CANCELED', 'FAILED'],
    IN_PROGRESS: ['PAUSED', 'COMPLETED', 'FAILED', 'CANCELED'],
    PAUSED: ['IN_PROGRESS', 'CANCELED', 'FAILED'],
    COMPLETED: [],
    CANCELED: [],
    FAILED: [],
  },
  transcode_jobs: {
    QUEUED: ['RUNNING', 'FAILED', 'CANCELED', 'LOST'],
    RUNNING: ['SUCCEEDED', 'FAILED', 'CANCELED', 'HANDED_BACK', 'LOST'],
    SUCCEEDED: [],
    FAILED: [],
    CANCELED: [],
    HANDED_BACK: [],
    LOST: [],
  },
};

interface Subject {
  readonly table: string;
  readonly column: string;
  readonly machine: StateMachine<string>;
  /** Writes a row in its first state, with everything that any state could need beside it. */
  insert(values: Record<string, unknown>): Promise<string>;
  /** What other CHECKs ask of a row in this state, so that only the transition can be refused. */
  demands(state: string, id: string): Promise<Record<string, unknown>> | Record<string, unknown>;
}

const SUBJECTS: Subject[] = [
  {
    table: 'videos',
    column: 'status',
    machine: videoStates as unknown as StateMachine<string>,
    insert: (values) =>
      insertVideo(connection(), { source_file_key: 'k', source_etag: 'e', source_size_bytes: 1, ...values }),
    async demands(state, id) {
      const found = await connection().query('select id from video_assets where video_id = $1', [id]);
      const master: string = found.rows[0]?.id ?? (await insertAsset(connection(), id));
      return {
        fail_reason: state === 'FAILED' ? 'TRANSCODE_ERROR' : null,
        master_asset_id: master,
        current_version: 'v1',
      };
    },
  },
  {
    table: 'upload_sessions',
    column: 'status',
    machine: uploadSessionStates as unknown as StateMachine<string>,
    insert: async (values) => insertSession(connection(), await insertVideo(connection()), values),
    demands: () => ({}),
  },
  {
    table: 'transcode_jobs',
    column: 'state',
    machine: transcodeJobStates as unknown as StateMachine<string>,
    insert: async (values) => insertJob(connection(), await insertVideo(connection()), values),
    demands: (state) => ({
      finished_at: ['QUEUED', 'RUNNING'].includes(state) ? null : new Date(),
      fail_reason: state === 'FAILED' ? 'TRANSCODE_ERROR' : null,
    }),
  },
];

for (const subject of SUBJECTS) {
  const { table, column, machine } = subject;
  const designed = DESIGNED[table] ?? {};
  const states = Object.keys(designed);
  const first = states[0] ?? '';

  /** The shortest legal way from the first state. */
  const wayTo = (goal: string): string[] => {
    const ways: string[][] = [[first]];
    for (const way of ways) {
      const here = way.at(-1) ?? '';
      if (here === goal) return way.slice(1);
      for (const next of designed[here] ?? []) if (!way.includes(next)) ways.push([...way, next]);
    }
    throw new Error(`${goal} cannot be reached`);
  };
  const move = async (id: string, state: string) =>
    update(connection(), table, id, { [column]: state, ...(await subject.demands(state, id)) });
  const rowIn = async (state: string) => {
    const id = await subject.insert({});
    for (const step of wayTo(state)) await move(id, step);
    return id;
  };
  const stateOf = async (id: string) =>
    (await connection().query(`select ${column} as state from ${table} where id = $1`, [id])).rows[0].state;

  describe(`${table}.${column}`, () => {
    test('the table in the code is the designed one', () => {
      expect(machine.table).toEqual(
        Object.fromEntries(states.map((from) => [from, expect.toSatisfy(sameMembers(designed[from] ?? []))])),
      );
      expect(machine.initial).toBe(first);
      expect(states.filter((state) => machine.isFinal(state))).toEqual(
        states.filter((state) => designed[state]?.length === 0),
      );
    });

    test.each(states)('a row is born in the first state only: %s', async (state) => {
      const refusal = await refusalOf(
        subject.insert({
          [column]: state,
          ...(table === 'transcode_jobs' && (await subject.demands(state, ''))),
          ...(table === 'videos' && state === 'FAILED' && { fail_reason: 'ROLLBACK' }),
        }),
      );
      if (state === first) expect(refusal).toBeNull();
      else
        expect(refusal).toMatchObject({
          code: '23514',
          message: expect.stringMatching(/^a new .* must be /),
        });
    });

    test.each(states.flatMap((from) => states.map((to) => [from, to] as const)))(
      '%s to %s',
      async (from, to) => {
        const legal = designed[from]?.includes(to) ?? false;
        expect(machine.can(from, to)).toBe(legal);
        if (legal) expect(machine.next(from, to)).toBe(to);
        else expect(() => machine.next(from, to)).toThrow(DomainError);

        const id = await rowIn(from);
        const refusal = await refusalOf(move(id, to));
        if (legal || from === to) expect(refusal).toBeNull();
        else
          expect(refusal).toMatchObject({
            code: '23514',
            message: `a ${machine.name} that is ${from} cannot become ${to}`,
          });
        expect(await stateOf(id)).toBe(refusal ? from : to);
      },
    );
  });
}

test('an unknown state is refused by its own CHECK', async () => {
  for (const { table, column, insert, demands } of SUBJECTS) {
    const id = await insert({});
    const archived = { [column]: 'ARCHIVED', ...(await demands('ARCHIVED', id)) };
    await connection().query(`alter table ${table} disable trigger ${table}_transition`);
    const refusal = await refusalOf(update(connection(), table, id, archived));
    await connection().query(`alter table ${table} enable trigger ${table}_transition`);
    expect(refusal).toMatchObject({
      code: '23514',
      message: expect.stringContaining(`${table}_${column}_check`),
    });
  }
});

function sameMembers(wanted: string[]): (given: unknown) => boolean {
  return (given) => Array.isArray(given) && [...given].sort().join() === [...wanted].sort().join();
}
