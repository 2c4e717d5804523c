import { Hono } from 'hono';
import type { ApiEnvironment } from '#api/environment.ts';
import { DomainError } from '#domain/errors.ts';
import { type Asset, readAsset, sendAsset } from './asset.ts';

/** Some files under one prefix, each at a URL that changes with its content. */
export interface AssetFolder {
  readonly routes: Hono<ApiEnvironment>;
  /** The present URL of a file. */
  urlOf(name: string): Promise<string>;
}

/**
 * @param prefix for instance `/watch-assets`
 * @param paths file name in the URL -> absolute path on disk. Nothing else is ever read.
 */
export function assetFolder(prefix: string, paths: Readonly<Record<string, string>>): AssetFolder {
  const files = new Map(Object.entries(paths));
  const loaded = new Map<string, Promise<Asset>>();
  function load(name: string): Promise<Asset> {
    const known = loaded.get(name);
    if (known) return known;
    const path = files.get(name);
    if (path === undefined) throw new DomainError('not_found', 'There is no such file.');
    const loading = readAsset(path);
    loaded.set(name, loading);
    return loading;
  }
  return {
    routes: new Hono<ApiEnvironment>().get(`${prefix}/:version/:name`, async (c) => {
      const asset = await load(c.req.param('name'));
      // An old page that asks for its old file gets the new one, but nobody keeps it under the wrong name.
      if (c.req.param('version') !== asset.etag) return c.redirect(await urlOf(c.req.param('name')), 302);
      return sendAsset(c, asset);
    }),
    urlOf,
  };

  async function urlOf(name: string): Promise<string> {
    return `${prefix}/${(await load(name)).etag}/${name}`;
  }
}
