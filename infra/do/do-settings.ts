import type { Config, Output } from '@pulumi/pulumi';
import { COCONUT_API_KEY, wellFormed } from '../service-secrets.ts';
import { optionalHost } from '../settings.ts';
import { type Region, regionFrom } from './regions.ts';
import { type RegistryTier, registryTierFrom } from './registry.ts';

/** What only DigitalOcean asks for; docs/deploy-digitalocean.md explains each key. */
export interface DoSettings {
  readonly region: Region;
  /** Domain of the CDN, whose DNS has to be at DigitalOcean; null for the CDN's own name. */
  readonly mediaDomain: string | null;
  /** The same for the second region's CDN. */
  readonly secondMediaDomain: string | null;
  /** Whether the second region has an API; without, its storage is still read and written from home. */
  readonly secondApi: boolean;
  /** Zone at DigitalOcean's DNS in which `domain` stands: App Platform sets the record then. Null: by hand. */
  readonly zone: string | null;
  /** A registry of this account's own for images; null for GHCR, Docker Hub or one that is there already. */
  readonly registryTier: RegistryTier | null;
  /** `user:token` for a private registry elsewhere; null for DigitalOcean's own and for public images. */
  readonly registryCredentials: Output<string> | null;
  /** API token that may purge the CDN and nothing else (custom scopes, `cdn:delete`). */
  readonly cdnToken: () => Output<string>;
  readonly coconutApiKey: () => Output<string>;
  readonly coconutRegion: string;
}

/** Throws one line that names the key and what it takes. */
export function doSettingsFrom(config: Config): DoSettings {
  return {
    region: regionFrom(config.require('region')),
    mediaDomain: optionalHost(config, 'mediaDomain'),
    secondMediaDomain: optionalHost(config, 'secondMediaDomain'),
    secondApi: config.getBoolean('secondApi') ?? true,
    zone: config.get('zone') ?? null,
    registryTier: registryTierFrom(config.get('registryTier') ?? null),
    registryCredentials: config.getSecret('registryCredentials') ?? null,
    cdnToken: () => config.requireSecret('spacesCdnToken'),
    coconutApiKey: () => wellFormed(config, 'coconutApiKey', COCONUT_API_KEY),
    coconutRegion: config.get('coconutRegion') ?? 'us-east-1',
  };
}
