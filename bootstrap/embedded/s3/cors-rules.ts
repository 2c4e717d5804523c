import { S3Error } from './s3-error.ts';
import { childrenOf, readXml, textOf, textsOf, type XmlNode } from './xml.ts';

export interface CorsRule {
  id?: string;
  origins: string[];
  methods: string[];
  headers: string[];
  exposedHeaders: string[];
  maxAgeSeconds?: number;
}

const METHODS = ['GET', 'PUT', 'HEAD', 'POST', 'DELETE'];
const MAX_RULES = 100;

/** The rules of a PutBucketCors document; S3's refusals for what it would not take. */
export function parseCorsConfiguration(xml: string): CorsRule[] {
  const nodes = childrenOf(readXml(xml, 'CORSConfiguration'), 'CORSRule');
  if (nodes.length === 0 || nodes.length > MAX_RULES) throw new S3Error('MalformedXML');
  return nodes.map(parseRule);
}

/** The stored form. */
export function parseCorsRules(json: string): CorsRule[] {
  const rules: CorsRule[] = JSON.parse(json);
  return rules;
}

/** The first rule that allows a request; `askedHeaders` are those a preflight asks for. */
export function findCorsRule(
  rules: readonly CorsRule[],
  request: { origin: string; method: string; askedHeaders: readonly string[] },
): CorsRule | undefined {
  return rules.find(
    (rule) =>
      rule.methods.includes(request.method) &&
      rule.origins.some((pattern) => fits(pattern, request.origin)) &&
      request.askedHeaders.every((header) =>
        rule.headers.some((pattern) => fits(pattern.toLowerCase(), header.toLowerCase())),
      ),
  );
}

function parseRule(node: XmlNode): CorsRule {
  const rule: CorsRule = {
    origins: textsOf(node, 'AllowedOrigin'),
    methods: textsOf(node, 'AllowedMethod'),
    headers: textsOf(node, 'AllowedHeader'),
    exposedHeaders: textsOf(node, 'ExposeHeader'),
  };
  if (rule.origins.length === 0 || rule.methods.length === 0) throw new S3Error('MalformedXML');
  const method = rule.methods.find((name) => !METHODS.includes(name));
  if (method !== undefined)
    throw new S3Error('InvalidRequest', `Found unsupported HTTP method in CORS config: ${method}.`);
  if ([...rule.origins, ...rule.headers].some((pattern) => pattern.split('*').length > 2))
    throw new S3Error(
      'InvalidRequest',
      'An AllowedOrigin or AllowedHeader can have no more than one wildcard.',
    );
  const id = textOf(node, 'ID');
  if (id !== undefined) rule.id = id;
  const maxAge = textOf(node, 'MaxAgeSeconds');
  if (maxAge !== undefined) rule.maxAgeSeconds = wholeSeconds(maxAge);
  return rule;
}

function wholeSeconds(text: string): number {
  if (!/^\s*\d{1,9}\s*$/.test(text)) throw new S3Error('MalformedXML');
  return Number(text);
}

/** A pattern has at most one wildcard. */
function fits(pattern: string, text: string): boolean {
  const star = pattern.indexOf('*');
  if (star < 0) return pattern === text;
  return (
    text.length >= pattern.length - 1 &&
    text.startsWith(pattern.slice(0, star)) &&
    text.endsWith(pattern.slice(star + 1))
  );
}
