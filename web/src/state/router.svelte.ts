// Addresses of the pages. The server answers any unknown path with the page itself.
import { parseRoute, type Route } from './routes';

class Router {
  route = $state<Route>(parseRoute(location.pathname, location.search));
  /** Asked before a page is left; `false` keeps it. */
  #mayLeave: (() => boolean) | null = null;
  #href = location.pathname + location.search;

  constructor() {
    window.addEventListener('popstate', () => this.#back());
  }

  go(href: string) {
    if (this.#mayLeave?.() === false) return;
    history.pushState(null, '', href);
    this.#read();
    window.scrollTo(0, 0);
  }

  /** Has a page asked before it is left, until the returned function is called. */
  guard(mayLeave: () => boolean): () => void {
    this.#mayLeave = mayLeave;
    return () => {
      if (this.#mayLeave === mayLeave) this.#mayLeave = null;
    };
  }

  /** The browser has gone back already; a page that is kept gets its address back. */
  #back() {
    // Links within the page change no more than the fragment.
    if (location.pathname + location.search === this.#href) return;
    if (this.#mayLeave?.() === false) history.pushState(null, '', this.#href);
    else this.#read();
  }

  #read() {
    this.#href = location.pathname + location.search;
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
