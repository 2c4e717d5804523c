/** Far more than are submitted within the minute for which the service remembers a token itself. */
const REMEMBERED_MAX = 1000;

/** Submissions of this process by our job id, so that the same order gives the same job however often it comes. */
export function rememberedSubmissions() {
  const ids = new Map<string, Promise<string>>();
  return {
    /** The provider's id of an earlier `submit` of this job id, or a new one's. A failed one is forgotten. */
    once(jobId: string, submit: () => Promise<string>): Promise<string> {
      const known = ids.get(jobId);
      if (known) return known;
      const submitted = submit();
      ids.set(jobId, submitted);
      submitted.catch(() => ids.delete(jobId));
      const [oldest] = ids.keys();
      if (ids.size > REMEMBERED_MAX && oldest !== undefined) ids.delete(oldest);
      return submitted;
    },
  };
}
