import type { populationsZh } from './populationsZh';

export const populationsEn: Record<keyof typeof populationsZh, string> = {
  'nav.populations': 'Populations',
  'search.subjects': 'Subjects, by all of their recordings',
  'search.subjects_help':
    'All enrolled voices of a subject are scored together: the LLR is the mean of theirs. Recordings of the probe itself do not count.',
  'search.subjects_expected': 'Expected false subjects',
  'search.subject_recordings': 'Recordings',
  'search.by_recordings': 'by {n} recordings, {voices} voices',
  'search.subject_voices': 'Each voice alone',
  'search.voice_ratio': 'log10 LR {ratio}',
  'search.disagree':
    'Two of its recordings speak for different people (log10 LR {ratio}): check the enrolment.',
  'search.no_population': 'None',
  'populations.title': 'Populations',
  'populations.help':
    'A population is a named set of voices that an answer is measured on: how many of them would look as good as the candidate. It is kept in versions that never change.',
  'populations.add': 'Make a population or a version',
  'populations.of': 'Make',
  'populations.new': 'A new population',
  'populations.new_version_of': 'A new version of {name}',
  'populations.name': 'Name',
  'populations.description': 'Whom it stands for',
  'populations.reason': 'Reason',
  'populations.selection': 'Selection',
  'populations.enrolled': 'Enrolled',
  'populations.enrolled.any': 'Whether enrolled or not',
  'populations.enrolled.enrolled': 'Enrolled voices',
  'populations.enrolled.not_enrolled': 'Voices of no subject',
  'populations.least': 'Net speech from, s',
  'populations.most': 'Net speech to, s',
  'populations.from': 'Calls from',
  'populations.until': 'Calls before',
  'populations.save': 'Make',
  'populations.saved': '{name}, version {version}: {n} voices',
  'populations.empty': 'No populations yet',
  'populations.version': 'Version',
  'populations.version_n': 'Version {n}',
  'populations.made': '{at}, {actor}',
  'populations.voices': 'Voices',
  'populations.recordings_n': '{n} recordings',
  'populations.net_speech': 'Net speech: shortest, median, longest',
  'populations.everybody': 'Every voice with a voiceprint',
  'populations.of_case': 'of one case',
  'populations.at_least': 'net speech from {n}',
  'populations.at_most': 'net speech to {n}',
  'populations.since': 'calls from {at}',
  'populations.before': 'calls before {at}',
  'populations.named': '{n} voices that were named',
  'populations.because': 'Reason: {reason}',
  'populations.choice': '{name} ({n} voices)',
  'populations.used': 'Measured on “{name}”, version {version}, {n} voices.',
  'populations.rates_help':
    'How many of its voices reach the same LR against the probe, and against the candidate; without the two people\'s own voices. In brackets the upper bound of their share at 95 %.',
  'populations.reach_probe':
    'Population against the probe: {reached} of {voices} (at most {upper} %)',
  'populations.reach_candidate':
    'Population against the candidate: {reached} of {voices} (at most {upper} %)',
  'populations.side.probe': 'the probe',
  'populations.side.left': 'the left side',
  'populations.side.right': 'the right side',
  'populations.warn_bandwidth':
    'The population does not resemble the case: {side} is {found}, as are {population} of its voices.',
  'populations.warn_net_speech':
    'The population does not resemble the case: {side} has {found} of net speech, 90 % of its voices {population}.',
  'populations.warn_unlike':
    'The population does not resemble the case: the mean score of {side} with it is {found}; that of 99 % of its own voices is {population}.',
};
