/** What the subnets of a network of 16 bits are: 20 bits each, public ones first, room left for more zones. */
export function subnetCidrs(
  cidr: string,
  zones: number,
): { readonly public: readonly string[]; readonly private: readonly string[] } {
  const [first = '', second = ''] = cidr.split('.');
  const block = (place: number) => `${first}.${second}.${place * 16}.0/20`;
  return {
    public: Array.from({ length: zones }, (_, zone) => block(zone)),
    private: Array.from({ length: zones }, (_, zone) => block(8 + zone)),
  };
}
