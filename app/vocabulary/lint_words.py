"""The phrases that `lint` looks for, as plain lists: to fix a false alarm, edit one line.

Words that are common at work ("medical writing", "race condition", "disabled button", "passive voice") appear only
inside a phrase that makes them personal. `*` at the end of a phrase matches any ending.
"""

THIRD_PERSON = (
    "he", "she", "him", "his", "her", "hers", "himself", "herself", "he's", "she's",
    "the applicant", "this applicant", "this candidate",
)  # fmt: skip

EMPTY = (
    "n/a", "good fit", "right fit", "best fit", "culture fit", "cultural fit", "not a fit", "wasn't a fit",
    "see mail", "see email", "see e-mail", "see my mail", "see my email", "see above", "see below", "see attached",
    "as discussed", "as mentioned", "no comment", "no further comment", "nothing to add", "gut feeling",
)  # fmt: skip

EMPTY_AS_A_WHOLE = frozenset({
    "na", "none", "nothing", "no", "yes", "ok", "okay", "tbd", "tba", "same", "nil", "null", "test", "idk", "unknown",
    "not applicable", "don't know", "other", "various", "everything", "see notes", "fit", "no fit",
})  # fmt: skip

PERSONALITY = (
    "arrogant", "arrogance", "lazy", "laziness", "introverted", "introvert", "extroverted", "extrovert", "immature",
    "immaturity", "abrasive", "unlikeable", "unlikable", "cocky", "overconfident", "egotistical", "narcissistic",
    "unmotivated", "rude", "bad attitude", "attitude problem", "your personality", "not a team player", "big ego",
    "not likeable", "boring person", "weak personality", "lack of charisma", "lacked charisma", "no charisma",
)  # fmt: skip

# Only after "you were", "you seemed" and the like: alone they describe texts, numbers and questions as well.
PERSONALITY_OF_YOU = (
    "shy", "cold", "quiet", "passive", "negative", "difficult", "aggressive", "awkward", "boring", "timid", "nervous",
    "insecure", "emotional", "stubborn", "distant", "weird", "odd", "intense", "bossy", "soft", "loud", "confident",
    "unfriendly", "moody", "naive", "defensive", "disinterested", "uninterested", "bored",
)  # fmt: skip

# These phrases describe an observation. With one of them, a word about the personality gets no hint.
OBSERVATION = (
    "when", "while", "during", "for example", "for instance", "e.g.", "such as", "because", "once", "twice", "times",
    "you said", "you told", "you asked", "you answered", "you interrupted", "interrupted", "you spoke", "you talked",
    "after", "in the exercise", "in the interview", "in your", "as you",
)  # fmt: skip

PROTECTED = (
    # age
    "your age", "too old", "too young", "older than", "younger than", "your generation", "close to retirement",
    "near retirement", "retirement age", "at your age", "younger person", "younger candidate*", "older candidate*",
    # sex, pregnancy and family
    "pregnant", "pregnancy", "maternity", "paternity leave", "parental leave", "your children", "your kids",
    "childcare", "family planning", "your family", "your husband", "your wife", "married", "single mother",
    "single father", "as a woman", "as a man", "for a woman", "for a man", "your gender", "your sex",
    # health
    "your health", "health problem*", "health issue*", "health condition*", "mental health", "medical condition*",
    "medical history", "medical leave", "sick leave", "your illness", "chronic illness", "your diagnosis", "depressed",
    "depression", "burnout", "burn-out",
    # disability
    "disability", "disabilities", "you are disabled", "handicap*", "wheelchair", "autistic", "autism", "adhd",
    "dyslexia", "dyslexic", "deaf", "hearing aid", "your stutter", "stuttering",
    # religion
    "religion", "religious", "your faith", "your beliefs", "muslim*", "jewish", "hindu", "atheist*", "church", "mosque",
    "synagogue", "headscarf", "hijab", "turban",
    # origin
    "nationality", "ethnic", "ethnicity", "your origin*", "foreigner*", "immigrant*", "your country", "your race",
    "racial", "skin colour", "skin color", "your skin", "native speaker*", "mother tongue", "your culture",
    # accent
    "your accent", "an accent", "strong accent", "heavy accent", "thick accent", "foreign accent", "slight accent",
    # orientation
    "sexual orientation", "homosexual*", "lesbian", "bisexual", "your sexuality", "transgender", "gender identity",
    "gay",
    # union
    "trade union*", "labour union*", "labor union*", "union member*", "union membership", "your union",
    "works council",
)  # fmt: skip

FIRST_PERSON = (
    "when i", "i asked", "i told", "i said", "i saw", "i heard", "i noticed", "i thought", "i think", "i felt",
    "i feel", "i believe", "i wondered", "i met", "i spoke", "i interviewed", "i remember", "i liked", "i missed",
    "i expected", "i mentioned", "i wanted", "i hoped", "i found", "i would", "i wish", "i suggest", "i recommend",
    "i had", "i was", "i didn't", "i did not", "i don't", "i do not", "i personally", "i really", "i'd", "i've",
    "asked me", "told me", "my question*", "my interview", "my team", "my colleague*", "my exercise", "my impression",
    "my part", "my round", "our call", "our conversation", "our chat", "our talk", "when we spoke", "when we met",
    "when we talked", "as your interviewer", "as the interviewer", "as an interviewer", "as the recruiter",
    "as a recruiter", "as your recruiter", "as the hiring manager", "as hiring manager", "as your reference",
)  # fmt: skip

# Given names that are also everyday words: alone they count inside a sentence only, months never.
NAMES_LIKE_WORDS = frozenset({
    "will", "mark", "grace", "hope", "art", "rose", "bill", "frank", "grant", "dean", "summer", "faith", "joy", "jack",
    "rob", "sue", "pat", "drew", "chase", "miles", "page", "price", "young", "long", "brown", "green", "white", "black",
    "king", "cook", "baker", "smith", "so", "an", "do", "no", "my", "he", "in", "to", "max", "ray",
})  # fmt: skip
MONTHS = frozenset({"january", "april", "may", "june", "august"})
