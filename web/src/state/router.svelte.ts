// Addresses of the pages. The server answers any unknown path with the page itself.
import { parseRoute, type Route } from './routes';

class Router {
  route = $state<Route>(parseRoute(location.pathname, location.search));

  constructor() {
    window.addEventListener('popstate', () => this.#read());
  }

  go(href: string) {
    history.pushState(null, '', href);
    this.#read();
    window.scrollTo(0, 0);
  }

  #read() {
    this.route = parseRoute(location.pathname, location.search);
  }
}

export const router = new Router();

/** Follows plain clicks on links of ours without loading the page anew. */
export function followLinks(event: MouseEvent) {
  if (event.defaultPrevented || event.button !== 0) return;
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  const link = (event.target as Element | null)?.closest('a');
  if (!link || link.target || link.hasAttribute('download')) return;
  if (link.origin !== location.origin || link.pathname.startsWith('/api/')) return;
  // Links within the page, such as the one that skips the header, are the browser's.
  if (link.hash && link.pathname === location.pathname) return;
  event.preventDefault();
  router.go(link.pathname + link.search);
}
