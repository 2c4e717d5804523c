import { ASSUMPTIONS, type Assumptions } from './assumptions.ts';
import { COCONUT_PRICES, type CoconutPrices } from './coconut.ts';
import { NETWORK_PRICES, type NetworkName, type NetworkPrices } from './delivery.ts';
import { FFMPEG_FIGURES, type FfmpegFigures } from './ffmpeg.ts';
import { MACHINES, type Machine, type MachineName } from './machines.ts';
import { MEDIACONVERT_PRICES, type MediaConvertPrices } from './mediaconvert.ts';
import { STORE_PRICES, type StoreName, type StorePrices } from './storage.ts';

/** Every number that estimates are made of. */
export interface PriceTables {
  readonly coconut: CoconutPrices;
  readonly mediaconvert: MediaConvertPrices;
  readonly ffmpeg: FfmpegFigures;
  readonly machines: Readonly<Record<MachineName, Machine>>;
  readonly stores: Readonly<Record<StoreName, StorePrices>>;
  readonly networks: Readonly<Record<NetworkName, NetworkPrices>>;
  readonly assumptions: Assumptions;
}

export const PRICES: PriceTables = {
  coconut: COCONUT_PRICES,
  mediaconvert: MEDIACONVERT_PRICES,
  ffmpeg: FFMPEG_FIGURES,
  machines: MACHINES,
  stores: STORE_PRICES,
  networks: NETWORK_PRICES,
  assumptions: ASSUMPTIONS,
};
