import type { Platform, SecondStoragePart } from './platform.ts';

/** A platform of two regions, as the home region sees it. */
export type TwoRegions = Platform & { readonly second: SecondStoragePart };

/**
 * The same as the second region's API sees it: new videos go to the storage there, and the home's is the other one, which
 * alone the transcoder elsewhere was given. Both call each storage by the same name, as that is made of its address.
 */
export function seenFromSecond(platform: TwoRegions): TwoRegions {
  const { storage, delivery, second } = platform;
  return { ...platform, ...second, second: { storage, delivery }, transcodedStorage: 'second' };
}

/** True for a platform that has a storage in a second region. */
export function hasTwoRegions(platform: Platform): platform is TwoRegions {
  return platform.second !== undefined;
}
