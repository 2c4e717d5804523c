import * as digitalocean from '@pulumi/digitalocean';
import type { Region } from './regions.ts';

export const REGISTRY_TIERS = ['starter', 'basic', 'professional'] as const;
export type RegistryTier = (typeof REGISTRY_TIERS)[number];

/** Throws one line that names the key and what it takes. */
export function registryTierFrom(given: string | null): RegistryTier | null {
  if (given === null) return null;
  const found = REGISTRY_TIERS.find((tier) => tier === given);
  if (found === undefined)
    throw new Error(`registryTier must be ${REGISTRY_TIERS.join(', ')}; given: ${given}`);
  return found;
}

/** The account's registry, of which there is one; App Platform pulls from it without credentials. */
export function makeRegistry(
  name: string,
  tier: RegistryTier,
  region: Region,
): digitalocean.ContainerRegistry {
  return new digitalocean.ContainerRegistry(name, { subscriptionTierSlug: tier, region });
}
