import { hostname, userInfo } from 'node:os';

/** Who runs this program, as the operating system says: `alice@host`. Nobody has proved it; whoever has the database's key may do all. */
export function operatorHere(): string {
  return `${userHere()}@${hostname()}`;
}

function userHere(): string {
  try {
    return userInfo().username;
  } catch {
    // In a container a process may run under a number that has no name.
    return `uid ${process.getuid?.() ?? 'unknown'}`;
  }
}
