import type { Size } from '../settings.ts';

export interface DatabaseSize {
  readonly slug: string;
  /** 25 for each GiB of memory, less three that the platform keeps: direct ones, without a pooler. */
  readonly connectionsMax: number;
  /** Disk that comes with it; more is paid for. */
  readonly includedGib: number;
}

/** @see https://docs.digitalocean.com/products/databases/postgresql/details/limits/ */
export const DATABASE_SIZES: Readonly<Record<Size, DatabaseSize>> = {
  small: { slug: 'db-s-2vcpu-4gb', connectionsMax: 97, includedGib: 60 },
  medium: { slug: 'db-s-4vcpu-8gb', connectionsMax: 197, includedGib: 140 },
  large: { slug: 'db-s-6vcpu-16gb', connectionsMax: 397, includedGib: 290 },
};

/** Disk grows in steps of ten. */
const STEP_GIB = 10;

/** Disk to ask for in MiB; null for what comes with the size, which is at least as much as was wanted. */
export function storageSizeMib({ includedGib }: DatabaseSize, wantedGib: number): string | null {
  if (wantedGib <= includedGib) return null;
  return String(Math.ceil(wantedGib / STEP_GIB) * STEP_GIB * 1024);
}
