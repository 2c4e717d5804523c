/** The API by the region of the account (docs.coconut.co). */
const ENDPOINTS = {
  'us-east-1': 'https://api.coconut.co/v2',
  'us-west-2': 'https://api-us-west-2.coconut.co/v2',
  'eu-west-1': 'https://api-eu-west-1.coconut.co/v2',
} as const;

export type CoconutRegion = keyof typeof ENDPOINTS;

export function endpointOf(region: CoconutRegion): string {
  return ENDPOINTS[region];
}
