/**
 * Storage is asked about the same upload this often at most (R22). The reconciler looks once a minute, so that what
 * arrives is found within two.
 */
export const CHECK_EVERY_SECONDS = 60;
/** As long as a client can be thought to be at it. */
const OFTEN_FOR_SECONDS = 600;
const LONGEST_WAIT_SECONDS = 6 * 3600;

/** When to look again at what began at `since`: each minute for ten minutes, then after as long as it has waited. */
export function nextCheckOf(since: Date, now: Date): Date {
  const waitedSeconds = (now.getTime() - since.getTime()) / 1000;
  const waitSeconds =
    waitedSeconds < OFTEN_FOR_SECONDS ? CHECK_EVERY_SECONDS : Math.min(LONGEST_WAIT_SECONDS, waitedSeconds);
  return new Date(now.getTime() + waitSeconds * 1000);
}
