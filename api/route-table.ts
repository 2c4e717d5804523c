import { TrieRouter } from 'hono/router/trie-router';

interface Route {
  readonly method: string;
  readonly path: string;
}

export interface FoundRoute {
  readonly template: string;
  readonly methods: readonly string[];
  /** Whether the path answers OPTIONS by a handler of its own, as tus does. */
  readonly hasOptions: boolean;
}

/** Which methods a path has, and under which template. */
export interface RouteTable {
  /** `template` in OpenAPI's form: `/api/videos/{videoId}`. Undefined where nothing answers. */
  lookUp(path: string): FoundRoute | undefined;
}

/**
 * Reads the routes of an app, so that "no such path" and "no such method" are told apart before anything else is looked
 * at. Middleware (method ALL) is no route.
 */
export function routeTable(routes: readonly Route[]): RouteTable {
  const router = new TrieRouter<Route>();
  const seen = new Set<string>();
  for (const { method, path } of routes) {
    if (method === 'ALL' || seen.has(`${method} ${path}`)) continue;
    seen.add(`${method} ${path}`);
    router.add('ROUTE', path, { method, path });
  }
  return {
    lookUp(path) {
      const found = router.match('ROUTE', path)[0].map(([route]) => route);
      const [first] = found;
      if (first === undefined) return undefined;
      const methods = new Set(found.map(({ method }) => method));
      if (methods.has('GET')) methods.add('HEAD');
      const hasOptions = methods.has('OPTIONS');
      methods.add('OPTIONS');
      return {
        template: first.path.replace(/:(\w+)(\{[^}]*\})?/g, '{$1}'),
        methods: [...methods].sort(),
        hasOptions,
      };
    },
  };
}
