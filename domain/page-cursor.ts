import { DomainError } from './errors.ts';

/** Where a page of a list ends, newest first and then by id. */
export interface PageEnd {
  /** `created_at` as Postgres printed it for UTC: a JS date would lose its microseconds and skip rows (R25). */
  readonly createdAt: string;
  readonly id: string;
}

/** What `writeCursor` writes: the text Postgres printed for a session in UTC, and an id. */
const CURSOR =
  /^((?!0000)\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{1,6})?\+00)\|([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;

/** Opaque to clients. */
export function writeCursor({ createdAt, id }: PageEnd): string {
  return Buffer.from(`${createdAt}|${id}`).toString('base64url');
}

/** Throws DomainError `invalid_cursor`. */
export function readCursor(cursor: string): PageEnd {
  const [, createdAt, id] = CURSOR.exec(Buffer.from(cursor, 'base64url').toString()) ?? [];
  if (createdAt === undefined || id === undefined || !isMoment(createdAt))
    throw new DomainError('invalid_cursor', 'The cursor is not one that a list gave out');
  return { createdAt, id };
}

/** A date such as 30 February has the right shape and would still be refused by Postgres. */
function isMoment(createdAt: string): boolean {
  const parsed = Date.parse(createdAt.replace(' ', 'T').replace('+00', 'Z'));
  return !Number.isNaN(parsed) && createdAt.startsWith(new Date(parsed).toISOString().slice(0, 10));
}
