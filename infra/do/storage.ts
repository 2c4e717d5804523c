import type * as digitalocean from '@pulumi/digitalocean';
import { ComponentResource, type ComponentResourceOptions, type Output } from '@pulumi/pulumi';
import { mediaLifecycle, sourceLifecycle } from './lifecycles.ts';
import { MediaCdn } from './media-cdn.ts';
import type { Region } from './regions.ts';
import { Space } from './space.ts';

export interface StorageArgs {
  readonly region: Region;
  /** Pages that may upload; any page may play. */
  readonly corsOrigins: readonly string[];
  /** Domain of the CDN; null for its own name. */
  readonly mediaDomain: string | null;
  readonly isDisposable: boolean;
  /** Has a key to Spaces. */
  readonly provider: digitalocean.Provider;
}

/** What the application of an environment needs of its storage in one region. */
export interface StorageFacts {
  readonly region: Region;
  readonly sourceBucket: Output<string>;
  readonly mediaBucket: Output<string>;
  readonly playbackUrl: Output<string>;
  readonly cdnEndpointId: Output<string>;
}

/** An environment's Spaces in one region, and the CDN before the second of them. */
export class Storage extends ComponentResource {
  readonly facts: StorageFacts;
  readonly spaceUrns: readonly Output<string>[];

  constructor(name: string, args: StorageArgs, options?: ComponentResourceOptions) {
    super('sluice:do:Storage', name, {}, options);
    const { region, isDisposable, provider } = args;
    const child = { parent: this, provider };
    const sources = new Space(
      `${name}-sources`,
      {
        region,
        isDisposable,
        isVersioned: true,
        cors: { origins: args.corsOrigins, methods: ['PUT', 'GET', 'HEAD', 'POST'] },
        lifecycleRules: sourceLifecycle(),
      },
      child,
    );
    const media = new Space(
      `${name}-media`,
      {
        region,
        isDisposable,
        isVersioned: false,
        // The CDN only passes the bucket's answer on, and keeps one for all pages.
        cors: { origins: ['*'], methods: ['GET', 'HEAD'] },
        lifecycleRules: mediaLifecycle(),
      },
      child,
    );
    const cdn = new MediaCdn(
      `${name}-media`,
      { originDomainName: media.domainName, domain: args.mediaDomain },
      { parent: this },
    );
    this.facts = {
      region,
      sourceBucket: sources.bucket,
      mediaBucket: media.bucket,
      playbackUrl: cdn.url,
      cdnEndpointId: cdn.endpointId,
    };
    this.spaceUrns = [sources.spaceUrn, media.spaceUrn];
    this.registerOutputs({ ...this.facts });
  }
}
