import type { GaugeKind, GaugeReading } from './metric-instruments.ts';
import { remembered } from './remembered.ts';

/** Each look is a request to storage, of every process; a key is not deleted often. */
const LOOK_EVERY_MS = 300_000;

export const SIGNING_GAUGE: GaugeKind = {
  name: 'sluice_signing_key_refused',
  help: '1 where storage refuses what S3_SIGNING_ACCESS_KEY_ID signs: nobody can upload',
  labels: [],
};

/**
 * Reads the gauge, from storage once in five minutes.
 *
 * @param refusedSignatures a line for each storage that refuses them
 */
export function signingReader(refusedSignatures: () => Promise<string[]>): () => Promise<GaugeReading[]> {
  const look = remembered(
    () =>
      refusedSignatures().then(
        ({ length }) => Math.min(length, 1),
        () => 0,
      ),
    LOOK_EVERY_MS,
  );
  return async () => [{ gauge: SIGNING_GAUGE.name, labels: {}, value: await look() }];
}
