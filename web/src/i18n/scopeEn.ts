import type { scopeZh } from './scopeZh';

export const scopeEn: Record<keyof typeof scopeZh, string> = {
  'scope.title': 'Narrow the search',
  'scope.help':
    'Searches for the same probe again, among the voices that meet every condition. The answer is kept as a new search.',
  'scope.exclude_own_case': 'Leave out its own case',
  'scope.number_prefix': 'Number begins with',
  'scope.number_prefix_hint': 'such as +86755',
  'scope.watch_list': 'Watch list',
  'scope.run': 'Search again',
  'scope.used': 'Searched among: {what}.',
  'scope.none': 'all voices',
  'scope.unknown':
    '{n} more recordings were left out because their time or their numbers are not known.',
  'scope.case': 'case {no}',
  'scope.from': 'calls from {time}',
  'scope.before': 'calls before {time}',
  'scope.prefix': 'numbers that begin with {prefix}',
  'scope.watched': 'watch list: {name}',
};
