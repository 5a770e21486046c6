"""Which calls scripts/make_diarization_sets.py makes, and of whose speech."""

COHORT, OTHER, ARABIC = "librispeech-cohort", "librispeech-test-other", "arabic-keywords"
# Folders of one person stand together; both sets hold men and women, and several languages.
ASTERISK = {
    "dev": [["allison_en", "allison_es"], ["armelle_fr"], ["carlo_it"]],
    "test": [["esco"], ["ivrvoice_ru"], ["june_fr"], ["menardi_it"]],
}
# A cohort speaker is used only with a recording at least as long, since it is the only one.
COHORT_SECONDS = 14.0

# Pools of the speakers, condition, seconds aimed at, number of such calls. "=" asks for one gender.
PLANS = {
    "dev": [
        ("cohort cohort", "clean", 60, 3),
        ("cohort =cohort", "clean", 60, 3),
        ("cohort cohort", "alaw", 60, 2),
        ("cohort =cohort", "alaw", 60, 2),
        ("cohort cohort", "gsm", 60, 1),
        ("cohort =cohort", "gsm", 60, 2),
        ("cohort cohort", "clean-long", 110, 1),
        ("cohort =cohort", "clean-long", 90, 1),
        ("cohort =cohort", "alaw-long", 100, 1),
        ("cohort cohort", "gsm-long", 110, 1),
        ("asterisk asterisk", "alaw", 90, 2),
        ("asterisk asterisk", "alaw", 160, 1),
        ("asterisk asterisk", "gsm", 70, 2),
        ("asterisk asterisk", "gsm", 140, 1),
        ("cohort", "clean-long", 45, 2),
        ("asterisk", "alaw", 90, 2),
        ("asterisk", "gsm", 60, 1),
        ("cohort cohort cohort", "clean", 75, 1),
        ("cohort =cohort =cohort", "clean", 75, 1),
        ("cohort cohort cohort", "alaw", 75, 1),
        ("asterisk asterisk asterisk", "gsm", 120, 1),
    ],
    "test": [
        ("other other", "clean", 80, 2),
        ("other =other", "clean", 110, 1),
        ("other other", "alaw", 90, 1),
        ("other =other", "alaw", 60, 1),
        ("other other", "gsm", 100, 2),
        ("arabic arabic", "clean", 60, 2),
        ("arabic arabic", "clean", 90, 2),
        ("arabic arabic", "alaw", 60, 2),
        ("arabic arabic", "alaw", 90, 1),
        ("arabic arabic", "gsm", 70, 2),
        ("other arabic", "clean", 90, 1),
        ("other arabic", "alaw", 90, 1),
        ("asterisk asterisk", "alaw", 80, 2),
        ("asterisk asterisk", "alaw", 175, 1),
        ("asterisk asterisk", "gsm", 60, 1),
        ("asterisk asterisk", "gsm", 130, 1),
        ("other", "clean", 60, 1),
        ("arabic", "alaw", 45, 1),
        ("asterisk", "alaw", 100, 1),
        ("asterisk", "gsm", 60, 1),
        ("other other other", "clean", 120, 1),
        ("arabic arabic arabic", "clean", 90, 1),
        ("arabic arabic arabic", "alaw", 90, 1),
        ("asterisk asterisk asterisk", "gsm", 150, 1),
    ],
}

# Voices of the small calls by their codes in the demo archive, and the seconds aimed at.
SMALL_CALLS = [("a d", 55), ("e f", 58), ("a-es", 45), ("a-es b f", 58)]
