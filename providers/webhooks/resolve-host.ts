import type { LookupAddress } from 'node:dns';
import { lookup, Resolver } from 'node:dns/promises';

/** Answers every address of a name, or throws. */
export type ResolveHost = (hostname: string) => Promise<LookupAddress[]>;

/**
 * Asks the name servers itself. The system's own lookup would hold one of the few threads that all lookups of this process
 * share, for as long as a stranger's name server likes.
 */
export async function resolvePublic(hostname: string): Promise<LookupAddress[]> {
  const resolver = new Resolver({ timeout: 2000, tries: 2 });
  const answers = await Promise.allSettled([resolver.resolve4(hostname), resolver.resolve6(hostname)]);
  const addresses = answers.flatMap((answer, index) =>
    answer.status === 'fulfilled'
      ? answer.value.map((address) => ({ address, family: index === 0 ? 4 : 6 }))
      : [],
  );
  if (addresses.length === 0) throw new Error(`${hostname} has no address`);
  return addresses;
}

/** As the machine does it, /etc/hosts included: for names that an operator uses inside. */
export function resolveAsSystem(hostname: string): Promise<LookupAddress[]> {
  return lookup(hostname, { all: true });
}
