import type { DeliveryView } from '#domain/notifications/delivery-view.ts';
import type { EndpointView } from '#domain/notifications/endpoint-view.ts';

export function endpointBody({ etag: _etag, ...endpoint }: EndpointView) {
  return {
    ...endpoint,
    events: [...endpoint.events],
    disabledAt: textOf(endpoint.disabledAt),
    failingSince: textOf(endpoint.failingSince),
    previousSecretUntil: textOf(endpoint.previousSecretUntil),
    createdAt: endpoint.createdAt.toISOString(),
    updatedAt: endpoint.updatedAt.toISOString(),
  };
}

export function deliveryBody({ body, ...delivery }: DeliveryView) {
  return { ...deliveryItem({ ...delivery, body }), body };
}

export function deliveryItem(delivery: DeliveryView) {
  const { body: _body, ...shown } = delivery;
  return {
    ...shown,
    nextAttemptAt: textOf(shown.nextAttemptAt),
    endedAt: textOf(shown.endedAt),
    createdAt: shown.createdAt.toISOString(),
    attempts: shown.attempts.map(({ number, startedAt, durationMs, status, error, answerExcerpt }) => ({
      number,
      startedAt: startedAt.toISOString(),
      durationMs,
      status: status ?? null,
      error: error ?? null,
      answerExcerpt: answerExcerpt ?? null,
    })),
  };
}

function textOf(moment: Date | null): string | null {
  return moment?.toISOString() ?? null;
}
