import type { IncomingMessage, ServerResponse } from 'node:http';
import { type CorsRule, findCorsRule, parseCorsRules } from './cors-rules.ts';
import { S3Error } from './s3-error.ts';

/** Sets the CORS headers of an answer, a refusal included; without them a page sees a network error only. */
export function allowOrigin(request: IncomingMessage, response: ServerResponse, cors: string | null): void {
  const { origin } = request.headers;
  if (origin === undefined || cors === null) return;
  const rule = findCorsRule(parseCorsRules(cors), { origin, method: request.method ?? '', askedHeaders: [] });
  if (rule) setOriginHeaders(response, rule, origin);
}

/**
 * Answers a preflight, which carries no signature. AccessForbidden when no rule allows what it asks.
 * Like S3, a rule for any origin answers `*`; any other answers the origin itself and allows credentials.
 */
export function answerPreflight(
  request: IncomingMessage,
  response: ServerResponse,
  cors: string | null,
): void {
  const { origin } = request.headers;
  const method = request.headers['access-control-request-method'];
  if (origin === undefined)
    throw new S3Error('BadRequest', 'Insufficient information. Origin request header needed.');
  if (method === undefined)
    throw new S3Error('BadRequest', 'Insufficient information. Access-Control-Request-Method header needed.');
  if (cors === null)
    throw new S3Error('AccessForbidden', 'CORSResponse: CORS is not enabled for this bucket.');
  const askedHeaders = (request.headers['access-control-request-headers'] ?? '')
    .split(',')
    .map((header) => header.trim().toLowerCase())
    .filter((header) => header !== '');
  const rule = findCorsRule(parseCorsRules(cors), { origin, method, askedHeaders });
  if (!rule) throw new S3Error('AccessForbidden');
  setOriginHeaders(response, rule, origin);
  response.setHeader('access-control-allow-methods', rule.methods.join(', '));
  if (askedHeaders.length > 0) response.setHeader('access-control-allow-headers', askedHeaders.join(', '));
  if (rule.maxAgeSeconds !== undefined) response.setHeader('access-control-max-age', rule.maxAgeSeconds);
  response.writeHead(200, { 'content-length': 0 }).end();
}

function setOriginHeaders(response: ServerResponse, rule: CorsRule, origin: string): void {
  const anyOrigin = rule.origins.includes('*');
  response.setHeader('access-control-allow-origin', anyOrigin ? '*' : origin);
  if (!anyOrigin) response.setHeader('access-control-allow-credentials', 'true');
  if (rule.exposedHeaders.length > 0)
    response.setHeader('access-control-expose-headers', rule.exposedHeaders.join(', '));
  response.setHeader('vary', 'Origin, Access-Control-Request-Headers, Access-Control-Request-Method');
}
