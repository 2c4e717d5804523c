/** DigitalOcean knows three kinds of environments; the name decides which one it is. */
export function projectEnvironment(name: string): 'Production' | 'Staging' | 'Development' {
  if (name.startsWith('prod')) return 'Production';
  return name.startsWith('stag') ? 'Staging' : 'Development';
}
