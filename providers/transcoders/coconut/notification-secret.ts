import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { NotificationRejected } from '../transcoder.ts';

/**
 * Coconut signs nothing, so the address itself is the proof: it names our submission and carries a secret that only this
 * one's address has, and that dies with it (R16).
 *
 * @param webhookUrl for instance `https://api.example.com/webhooks/coconut`
 */
export function notificationUrl(webhookUrl: string, webhookSecret: string, jobId: string): string {
  const url = new URL(webhookUrl);
  url.searchParams.set('submission', jobId);
  url.searchParams.set('secret', secretOf(webhookSecret, jobId));
  return url.href;
}

/** Our submission, from the address that a request came to. Throws NotificationRejected. */
export function provenSubmission(webhookSecret: string, url: URL): string {
  const [submission, ...moreSubmissions] = url.searchParams.getAll('submission');
  const [secret, ...moreSecrets] = url.searchParams.getAll('secret');
  if (!submission || !secret || moreSubmissions.length > 0 || moreSecrets.length > 0)
    throw new NotificationRejected('The address names no submission with its secret');
  // Hashes have one length, which the comparison needs and the given secret need not have.
  if (!timingSafeEqual(sha256(secret), sha256(secretOf(webhookSecret, submission))))
    throw new NotificationRejected('The secret is not the one of this submission');
  return submission;
}

function secretOf(webhookSecret: string, jobId: string): string {
  return createHmac('sha256', webhookSecret).update(jobId).digest('base64url');
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
