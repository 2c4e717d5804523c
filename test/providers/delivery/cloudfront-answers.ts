/** What CloudFront's REST API (2020-05-31) answers to CreateInvalidation, of its API reference. */
export function invalidationCreated(): string {
  return `<?xml version="1.0"?>
<Invalidation xmlns="http://cloudfront.amazonaws.com/doc/2020-05-31/"><Id>IDFDVBD632BHDS5</Id>\
<Status>InProgress</Status><CreateTime>2026-11-21T20:00:06.123Z</CreateTime><InvalidationBatch><Paths>\
<Quantity>1</Quantity><Items><Path>/videos/x/*</Path></Items></Paths><CallerReference>sluice</CallerReference>\
</InvalidationBatch></Invalidation>`;
}

/** Its error document; the code is what matters, the status belongs to it. */
export function cloudFrontError(code: string, message: string): string {
  return `<?xml version="1.0"?>
<ErrorResponse xmlns="http://cloudfront.amazonaws.com/doc/2020-05-31/"><Error><Type>Sender</Type>\
<Code>${code}</Code><Message>${message}</Message></Error><RequestId>5a0f2c1e-8f3a-4e0c-9a57-2f0b3b8f2a10</RequestId>\
</ErrorResponse>`;
}

/** The paths of a CreateInvalidation as it was sent. */
export function pathsOf(body: string): string[] {
  const paths = [...body.matchAll(/<Path>([^<]*)<\/Path>/g)].map(([, path = '']) => path);
  const [, quantity] = /<Quantity>(\d+)<\/Quantity>/.exec(body) ?? [];
  if (Number(quantity) !== paths.length) throw new Error(`Quantity is ${quantity} for ${paths.length} paths`);
  return paths.map((path) => path.replaceAll('&amp;', '&'));
}

export function referenceOf(body: string): string {
  return /<CallerReference>([^<]+)<\/CallerReference>/.exec(body)?.[1] ?? '';
}
