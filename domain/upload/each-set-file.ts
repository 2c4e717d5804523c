/** So many requests to storage at once for one set; a worker has other jobs too. */
const FILES_AT_ONCE = 8;

/**
 * Runs `work` for every file, some at once. The first failure stops the others and is thrown when none of them runs any
 * more, so that nothing is written after it.
 */
export async function eachSetFile<T>(files: Iterable<T>, work: (file: T) => Promise<void>): Promise<void> {
  const waiting = [...files].reverse();
  const lane = async () => {
    try {
      for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) await work(file);
    } catch (error) {
      waiting.length = 0;
      throw error;
    }
  };
  const lanes = await Promise.allSettled(Array.from({ length: FILES_AT_ONCE }, lane));
  const failed = lanes.find((end) => end.status === 'rejected');
  if (failed) throw failed.reason;
}
