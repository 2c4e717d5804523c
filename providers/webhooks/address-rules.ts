import ipaddr from 'ipaddr.js';

const URL_LENGTH_MAX = 2048;

/** Names that lead inside by convention: RFC 6761, RFC 6762, RFC 8375, and ICANN's choice of 2024. */
const INSIDE = /(^|\.)(localhost|localdomain|local|internal|intranet|lan|home\.arpa)$/i;

/** Has a public address, but answers only to the machines of Azure, as their platform. */
const AZURE_PLATFORM = '168.63.129.16';

/** What of a URL decides whether an address may be connected to. */
export type Target = Pick<URL, 'protocol' | 'port'>;

export interface AddressRules {
  /** Why the form of a URL forbids its use, or null. */
  refusalOf(url: string): string | null;
  /** True when this address, of a name or literal, may be connected to. */
  permits(address: string, target: Target): boolean;
}

/**
 * Which addresses may be called that a user chose: public ones over TLS, and whatever lies in the allowed networks.
 *
 * @param allowedNetworks CIDR
 */
export function addressRules(allowedNetworks: readonly string[]): AddressRules {
  const networks = allowedNetworks.map((network) => ipaddr.parseCIDR(network));
  const permits = (text: string, target: Target): boolean => {
    const address = ipaddr.parse(text);
    const isAllowed = networks.some(
      ([base, bits]) => base.kind() === address.kind() && address.match(base, bits),
    );
    return isAllowed || (isPublic(address) && isPublicService(target));
  };
  return {
    permits,
    refusalOf(text) {
      const url = URL.parse(text);
      if (url === null || text.length > URL_LENGTH_MAX)
        return `It has to be a URL of at most ${URL_LENGTH_MAX} characters`;
      if (url.protocol !== 'https:' && url.protocol !== 'http:') return 'It has to begin with https://';
      if (url.username !== '' || url.password !== '') return 'It may hold no user name and no password';
      const literal = literalOf(url);
      if (literal !== null)
        return permits(literal, url)
          ? null
          : 'This address is not public, or not served by https; the operator can allow its network (WEBHOOK_ALLOWED_NETWORKS)';
      if (url.hostname.endsWith('.')) return 'The host may not end with a dot';
      // Where networks inside are allowed, names may lead there: the address decides when it is known.
      if (networks.length > 0) return null;
      if (!isPublicService(url)) return 'It has to begin with https://, with no port or one from 1024 on';
      if (!url.hostname.includes('.') || INSIDE.test(url.hostname)) return 'This name is not a public one';
      return null;
    },
  };
}

/** The address that a URL names without a name. WHATWG URLs have read octal, hexadecimal and short forms already. */
export function literalOf({ hostname }: Pick<URL, 'hostname'>): string | null {
  const bare = hostname.replace(/^\[|\]$/g, '');
  return ipaddr.isValid(bare) ? bare : null;
}

/** TLS, and no port where another protocol is spoken. */
function isPublicService({ protocol, port }: Target): boolean {
  return protocol === 'https:' && (port === '' || port === '443' || Number(port) >= 1024);
}

/**
 * True for what the Internet routes to one machine. Forms that carry an IPv4 address inside (mapped, NAT64, 6to4, Teredo)
 * are none: who knows where they lead. IPv6 has assigned unicast in 2000::/3 only (RFC 4291).
 */
function isPublic(address: ipaddr.IPv4 | ipaddr.IPv6): boolean {
  if (address.range() !== 'unicast') return false;
  if (address instanceof ipaddr.IPv6) return address.match(ipaddr.IPv6.parseCIDR('2000::/3'));
  return address.toString() !== AZURE_PLATFORM;
}
