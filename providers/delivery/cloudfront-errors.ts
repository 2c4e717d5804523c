import { DeliveryError } from './delivery.ts';

/** What is read of an error thrown by the SDK, by Node's network code or by a time-out of ours. */
interface RawError {
  readonly name?: string;
  readonly Code?: string;
  readonly code?: string;
  readonly message?: string;
  readonly $metadata?: { readonly httpStatusCode?: number; readonly requestId?: string };
}

/** Invalidations take about this long, so that a full queue does not move sooner. */
const QUEUE_FULL_SECONDS = 15;
const SOON_SECONDS = 1;

const THROTTLED = ['Throttling', 'ThrottlingException', 'RequestLimitExceeded', 'TooManyRequestsException'];
const REFUSED_KEY = [
  'AccessDenied',
  'AccessDeniedException',
  'InvalidClientTokenId',
  'UnrecognizedClientException',
  'SignatureDoesNotMatch',
  'ExpiredToken',
  'ExpiredTokenException',
];

/** Any error of CreateInvalidation in our words: one line, no secret. */
export function toDeliveryError(thrown: unknown, distributionId: string): DeliveryError {
  const error: RawError = typeof thrown === 'object' && thrown !== null ? thrown : {};
  const name = error.Code ?? error.name ?? 'Error';
  const status = error.$metadata?.httpStatusCode ?? 0;
  const cause = new Error(`${name} ${status} ${error.$metadata?.requestId ?? ''}`.trim());
  const later = (message: string, retryAfterSeconds: number) =>
    new DeliveryError(message, { retryAfterSeconds, cause });

  if (name === 'TooManyInvalidationsInProgress')
    return later('CloudFront has as many invalidations at work as it takes', QUEUE_FULL_SECONDS);
  if (THROTTLED.includes(name) || status === 429)
    return later('CloudFront is asked more often than it allows', SOON_SECONDS);
  if (name === 'CredentialsProviderError')
    return new DeliveryError('no key for CloudFront: give the machine a role', { cause });
  if (REFUSED_KEY.includes(name) || status === 401 || status === 403)
    return new DeliveryError(
      `CloudFront refused the key (${name}): it may not call cloudfront:CreateInvalidation on distribution ${distributionId}`,
      { cause },
    );
  if (name === 'NoSuchDistribution' || status === 404)
    return new DeliveryError(
      `CloudFront has no distribution ${distributionId}; look at CLOUDFRONT_DISTRIBUTION_ID`,
      { cause },
    );
  // What never became an answer has no status: connection refused, cut off, timed out.
  if (status === 0 || status >= 500)
    return later(`CloudFront does not answer: ${saidBy(error)}`, SOON_SECONDS);
  return new DeliveryError(`CloudFront refused the invalidation: ${name}: ${saidBy(error)}`, { cause });
}

function saidBy({ message, code, name }: RawError): string {
  return (message || code || name || 'no answer').replace(/\s+/g, ' ').slice(0, 200);
}
