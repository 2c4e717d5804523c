import type { Context } from 'hono';
import type { ApiEnvironment } from '#api/environment.ts';

/** A POST that makes or changes one resource. */
export interface OnceOnly<Answer> {
  /** Does it. Runs at most once a key. */
  run(): Promise<{ readonly resourceId: string; readonly answer: Answer }>;
  /** Shows what an earlier request with the same key made: read, presented and signed anew, secrets left out. */
  again(resourceId: string, status: number): Promise<Answer>;
}

/** Placeholder of the skeleton: `Idempotency-Key` (R17). Every POST of an owner goes through here. */
export async function once<Answer>(_c: Context<ApiEnvironment>, request: OnceOnly<Answer>): Promise<Answer> {
  const { answer } = await request.run();
  return answer;
}
