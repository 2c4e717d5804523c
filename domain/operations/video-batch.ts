/** What one call of an operator takes on at most; a caller goes on with `nextAfter`. */
const VIDEO_BATCH_MAX = 500;

/** Which of the videos that are meant one call takes on, in the order of their ids. */
export interface VideoBatch {
  /** 1 to VIDEO_BATCH_MAX, which it is where left out. */
  readonly limit?: number | undefined;
  /** `nextAfter` of the batch before. */
  readonly after?: string | undefined;
}

/** How far a batch has come. */
export interface BatchEnd {
  /** Null when this was the last batch. */
  readonly nextAfter: string | null;
}

export function limitOf({ limit = VIDEO_BATCH_MAX }: VideoBatch): number {
  return Math.min(limit, VIDEO_BATCH_MAX);
}

/** Where the next batch begins, when this one found as many as it may take. */
export function batchEnd(found: readonly { readonly videoId: string }[], limit: number): BatchEnd {
  return { nextAfter: found.length === limit ? (found.at(-1)?.videoId ?? null) : null };
}
