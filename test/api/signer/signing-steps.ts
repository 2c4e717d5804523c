import { randomUUID } from 'node:crypto';
import { named, type SetOnDisk } from '#test/domain/upload/set-steps.ts';
import { problemOf, type TestApi } from '../test-api.ts';

export interface SignedUpload {
  readonly path: string;
  readonly videoId: string;
  readonly uploadUrl: string;
  readonly key: string;
  readonly publicUrl: string;
  readonly expiresAt: string;
  readonly uploadSessionId: string;
}

export const filesOf = (set: SetOnDisk, folder = '') =>
  named(set, { folder }).map(({ path, contentType, sizeBytes }) => ({ path, contentType, size: sizeBytes }));
export const video = (path = 'holiday.mp4') => ({ path, contentType: 'video/mp4', size: 1000 });

/** Requests to sign, each of a new owner unless told otherwise. */
export function signing(api: () => TestApi) {
  const sign = (
    files: object[],
    { as = randomUUID(), ...rest }: { as?: string; videoId?: string; key?: string } = {},
  ) => {
    const { key, ...members } = rest;
    return api().call('POST', '/', {
      as,
      json: { files, ...members },
      ...(key !== undefined && { headers: { 'idempotency-key': key } }),
    });
  };
  async function signed(...request: Parameters<typeof sign>): Promise<SignedUpload[]> {
    const response = await sign(...request);
    const text = await response.text();
    if (response.status !== 200) throw new Error(`${response.status}: ${text}`);
    return (JSON.parse(text) as { uploads: SignedUpload[] }).uploads;
  }
  const problem = async (...request: Parameters<typeof sign>) => {
    const { status, code, errors, detail } = await problemOf(await sign(...request));
    return { status, code, field: errors[0]?.field, detail };
  };
  const countVideos = async (ownerId: string) => {
    const rows = (await api()
      .platform.context({ kind: 'system' })
      .em.execute('select count(*)::int as n from videos where owner_id = ? and deleted_at is null', [
        ownerId,
      ])) as { n: number }[];
    return rows[0]?.n;
  };
  return { sign, signed, problem, countVideos };
}
