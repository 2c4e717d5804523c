import type { Output } from '@pulumi/pulumi';

/** Facts before they are known: each by itself, so that a preview knows those which no resource has to tell. */
export type Told<F> = { readonly [Name in keyof F]: Output<F[Name]> };
