import * as digitalocean from '@pulumi/digitalocean';
import {
  ComponentResource,
  type ComponentResourceOptions,
  type Input,
  interpolate,
  type Output,
} from '@pulumi/pulumi';

/** The CDN takes these and no others. */
export const CDN_TTLS_SECONDS = [60, 600, 3600, 86_400, 604_800] as const;

export interface MediaCdnArgs {
  readonly originDomainName: Input<string>;
  /** Null for the CDN's own name. Its DNS has to be at DigitalOcean, where the certificate is proved. */
  readonly domain: string | null;
}

/** The CDN before the media bucket. Versions stand in paths, so everything is cached for as long as it may be. */
export class MediaCdn extends ComponentResource {
  readonly url: Output<string>;
  readonly endpointId: Output<string>;

  constructor(name: string, args: MediaCdnArgs, options?: ComponentResourceOptions) {
    super('sluice:do:MediaCdn', name, {}, options);
    const child = { parent: this };
    const ttl = CDN_TTLS_SECONDS[4];
    const { originDomainName: origin, domain } = args;
    const certificate =
      domain === null
        ? null
        : new digitalocean.Certificate(name, { type: 'lets_encrypt', domains: [domain] }, child);
    const cdn = new digitalocean.Cdn(
      name,
      {
        origin,
        ttl,
        // By name: the id of a certificate changes each time it is renewed.
        ...(domain !== null && certificate && { customDomain: domain, certificateName: certificate.name }),
      },
      child,
    );
    this.url = domain === null ? interpolate`https://${cdn.endpoint}` : interpolate`https://${domain}`;
    this.endpointId = cdn.id;
    this.registerOutputs({ url: this.url, endpointId: this.endpointId });
  }
}
