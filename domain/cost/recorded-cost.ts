import type { TranscoderName } from '#providers/transcoders/transcoder.ts';
import type { CostLine } from './cost-line.ts';
import type { Micros } from './exact.ts';

/** What a version cost, as it is kept with its attempt: later prices do not change it. */
export interface RecordedCost {
  readonly transcoder: TranscoderName;
  readonly region: string;
  readonly currency: 'USD';
  readonly lines: readonly CostLine[];
  /** The sum of the lines. */
  readonly usdMicros: Micros;
  /** The latest day of the prices it was calculated with; null where its operator told them. */
  readonly pricesOf: string | null;
  readonly recordedAt: string;
}
