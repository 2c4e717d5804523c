import type { FigureRow } from '../price-row.ts';

/** What no provider's list can say. Each is named beside the results that depend on it. */
export interface Assumptions {
  /** How much of its cap a rendition uses on average. */
  readonly averageOfCap: FigureRow;
  /** The share of the watched time that is spent at the highest rendition; the rest is spread evenly over the others. */
  readonly timeAtTop: FigureRow;
  /** How much of the video a view watches. */
  readonly watched: FigureRow;
}

const OURS = {
  provider: 'sluice',
  tier: 'any',
  region: 'any',
  date: '2026-11-21',
  source: 'docs/cost.md',
  sureness: 'assumed',
} as const;

export const ASSUMPTIONS: Assumptions = {
  averageOfCap: { ...OURS, id: 'sluice/average-of-cap', unit: 'of the bitrate cap', value: '0.7' },
  timeAtTop: {
    ...OURS,
    id: 'sluice/time-at-top',
    unit: 'of the watched time at the highest rendition',
    value: '0.5',
  },
  watched: { ...OURS, id: 'sluice/watched', unit: 'of the length watched', value: '1' },
};
