// Searches of a part of the archive.
export const scopeZh = {
  'scope.title': '缩小检索范围',
  'scope.help': '用同一段检材再检索一次，只在符合全部条件的语音人中查找。结果另存为新的检索。',
  'scope.exclude_own_case': '排除本案',
  'scope.number_prefix': '号码开头',
  'scope.number_prefix_hint': '例如 +86755',
  'scope.watch_list': '布控名单',
  'scope.run': '再次检索',
  'scope.used': '检索范围：{what}。',
  'scope.none': '全部语音人',
  'scope.unknown': '另有 {n} 个录音因通话时间或号码不明而未列入。',
  'scope.case': '案件 {no}',
  'scope.from': '{time} 起的通话',
  'scope.before': '{time} 之前的通话',
  'scope.prefix': '号码以 {prefix} 开头',
  'scope.watched': '布控名单：{name}',
} as const;
