import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { StartFailure } from './start-failure.ts';

/** True for one or several certificates in PEM. */
export function isPem(text: string): boolean {
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  try {
    return blocks.length > 0 && blocks.map((block) => new X509Certificate(block)).length === blocks.length;
  } catch {
    return false;
  }
}

/** The certificates of DATABASE_CA_CERT, which holds them or is the path of their file. Throws StartFailure. */
export function authorityFrom(given: string): string {
  if (!given.startsWith('/')) return given;
  const text = readText(given);
  if (isPem(text)) return text;
  throw new StartFailure(`DATABASE_CA_CERT: the file ${given} holds no PEM certificates.`);
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new StartFailure(`DATABASE_CA_CERT: the file ${path} cannot be read (${code}).`, { cause });
  }
}
