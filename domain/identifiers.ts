import { randomBytes } from 'node:crypto';
import { v7 } from 'uuid';

/** A UUIDv7, made here and not by the database, because managed Postgres before 18 has none (R25). */
export function newId(): string {
  return v7();
}

/** 128 random bits in hex: the version in an output path. */
export function newVersion(): string {
  return randomBytes(16).toString('hex');
}
