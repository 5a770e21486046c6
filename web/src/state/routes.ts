export type Route =
  | { page: 'recordings' }
  | { page: 'recording'; id: string }
  | { page: 'search'; id: string }
  | { page: 'subjects'; voiceId: string | null }
  | { page: 'links' }
  | { page: 'series_list' }
  | { page: 'series'; id: string }
  | { page: 'calibrations' }
  | { page: 'populations' }
  | { page: 'alerts'; id: string | null }
  | { page: 'watchlists' }
  | { page: 'rules' }
  | { page: 'webhooks' }
  | { page: 'cases' }
  | { page: 'case'; id: string }
  | { page: 'entity'; id: string }
  | { page: 'find'; query: string }
  | { page: 'unknown' };

/** Which page an address means. */
export function parseRoute(pathname: string, search: string): Route {
  const [head, id, ...rest] = pathname.split('/').filter(Boolean).map(decoded);
  if (rest.length > 0) return { page: 'unknown' };
  if (head === undefined) return { page: 'recordings' };
  if (head === 'recordings') return id ? { page: 'recording', id } : { page: 'recordings' };
  if (head === 'searches' && id) return { page: 'search', id };
  if (head === 'subjects' && !id) {
    return { page: 'subjects', voiceId: new URLSearchParams(search).get('voice') };
  }
  if (head === 'links' && !id) return { page: 'links' };
  if (head === 'series') return id ? { page: 'series', id } : { page: 'series_list' };
  if (head === 'calibrations' && !id) return { page: 'calibrations' };
  if (head === 'populations' && !id) return { page: 'populations' };
  if (head === 'alerts') return { page: 'alerts', id: id ?? null };
  if (head === 'watchlists' && !id) return { page: 'watchlists' };
  if (head === 'rules' && !id) return { page: 'rules' };
  if (head === 'webhooks' && !id) return { page: 'webhooks' };
  if (head === 'cases') return id ? { page: 'case', id } : { page: 'cases' };
  if (head === 'entities' && id) return { page: 'entity', id };
  if (head === 'find' && !id) {
    return { page: 'find', query: new URLSearchParams(search).get('q') ?? '' };
  }
  return { page: 'unknown' };
}

export const paths = {
  recordings: '/recordings',
  recording: (id: string) => `/recordings/${encodeURIComponent(id)}`,
  search: (id: string) => `/searches/${encodeURIComponent(id)}`,
  subjects: '/subjects',
  links: '/links',
  seriesList: '/series',
  series: (id: string) => `/series/${encodeURIComponent(id)}`,
  calibrations: '/calibrations',
  populations: '/populations',
  alerts: '/alerts',
  alert: (id: string) => `/alerts/${encodeURIComponent(id)}`,
  watchlists: '/watchlists',
  rules: '/rules',
  webhooks: '/webhooks',
  cases: '/cases',
  case: (id: string) => `/cases/${encodeURIComponent(id)}`,
  entity: (id: string) => `/entities/${encodeURIComponent(id)}`,
  find: (query: string) => `/find?q=${encodeURIComponent(query)}`,
  enrol: (voiceId: string) => `/subjects?voice=${encodeURIComponent(voiceId)}`,
};

/** A part of an address as text; one that is badly encoded stays as it is. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
