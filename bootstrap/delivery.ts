import type { Delivery } from '#providers/delivery/delivery.ts';
import { localDelivery } from '#providers/delivery/local-delivery.ts';
import type { ResolvedConfig } from './config.ts';

/** Who takes the media bucket to viewers, as the configuration says. Placeholder of the skeleton for the CDNs. */
export function composeDelivery(config: ResolvedConfig): Delivery {
  return localDelivery(config.PUBLIC_URL);
}
