import type { Settings } from '../settings.ts';
import type { DoSettings } from './do-settings.ts';
import { type Region, regionFrom } from './regions.ts';

/** Networks of this one cannot be joined with those of another datacenter. */
const ALONE: Region = 'blr1';

/**
 * The region of storage and API beside the first; null for none. Throws one line for a pair that cannot be.
 *
 * Nothing at DigitalOcean tells callers apart by where they are. So both regions answer under one `domain` by a balancer in
 * front, which is another's: App Platform is not told of the domain, and would not take it for two apps.
 *
 * @see https://docs.digitalocean.com/products/networking/vpc/how-to/create-peering/
 * @see https://docs.digitalocean.com/products/app-platform/how-to/configure-external-cdn/
 */
export function secondRegionOf(
  { secondRegion, domain, layer }: Pick<Settings, 'secondRegion' | 'domain' | 'layer'>,
  { region, zone, secondApi }: Pick<DoSettings, 'region' | 'zone' | 'secondApi'>,
): Region | null {
  if (secondRegion === null) return null;
  const second = regionFrom(secondRegion, 'secondRegion');
  if (second === region) throw new Error(`secondRegion must be another one than region; both are ${region}`);
  if (second === ALONE || region === ALONE)
    throw new Error(
      `secondRegion cannot be ${second} with region ${region}: networks of ${ALONE} join no others`,
    );
  if ((layer !== 'all' && layer !== 'app') || !secondApi) return second;
  if (domain === null)
    throw new Error(
      'secondRegion needs domain: the one address of both regions, which a balancer in front serves (docs/deploy-digitalocean.md#second-region)',
    );
  if (zone !== null)
    throw new Error('zone has no place beside secondRegion: the balancer serves domain, not App Platform');
  return second;
}
