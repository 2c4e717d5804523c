/**
 * Takes the certificates of RDS's authorities from the bundle that AWS publishes, and nothing else: a page of a proxy, a
 * bundle cut short or anybody else's authority ends the build of the image. Those that have ended are left out.
 * Run: `node docker/rds-authorities.ts BUNDLE OUT AT_LEAST`
 */
import { X509Certificate } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';

const [bundle = '', out = '', atLeast = ''] = process.argv.slice(2);
const IS_OF_RDS = /^O=Amazon Web Services\b.*\nOU=Amazon RDS$/m;

const blocks = readFileSync(bundle, 'utf8').match(
  /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g,
);
const certificates = (blocks ?? []).map((block) => new X509Certificate(block));
const foreign = certificates.find(({ subject, ca }) => !ca || !IS_OF_RDS.test(subject));
if (foreign) throw new Error(`no authority of RDS: ${foreign.subject.replaceAll('\n', ', ')}`);

const roots = certificates.filter(
  (each) => each.validToDate.getTime() > Date.now() && each.verify(each.publicKey),
);
if (!(roots.length >= Number(atLeast || Number.NaN)))
  throw new Error(`${bundle} has ${roots.length} authorities that last, not ${atLeast} and more`);
writeFileSync(out, roots.map(String).join(''), { mode: 0o644 });
console.log(`${roots.length} authorities of RDS`);
