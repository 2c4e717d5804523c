import { v5, validate } from 'uuid';

/** Namespace of our own for owners whose `sub` is not a UUID. Never changes: owners would lose their videos. */
const OWNER_NAMESPACE = '8f0c1e0e-5f4b-5b8e-9d5e-0c8f5a1d7b42';

/**
 * The owner a token speaks for: `sub` itself where it is a UUID, else a UUIDv5 of issuer and `sub`, so that the same
 * person keeps the same id and two issuers never share one.
 */
export function ownerIdOf(subject: string, issuer: string): string {
  return validate(subject) ? subject.toLowerCase() : v5(`${issuer} ${subject}`, OWNER_NAMESPACE);
}
