/**
 * What each term of the score weighs. In brackets what recall loses without the term: the mean over budgets from 250 to
 * 8,000 tokens and over eleven sets of conversations, real and written, German and Japanese among them, each set counting
 * the same.
 */
export const weights = {
  /** BM25: how soon repetition stops counting, and how much long passages lose. */
  saturation: 0.9,
  lengthPenalty: 0.4,
  /** A word with mostly the same character 4-grams as the question's, times the share in common [0.4; 3 in German]. */
  alike: 0.3,
  leastAlike: 0.45,
  /** A word that is near the question's in meaning, times the cosine of their vectors [5.1]. */
  near: 0.6,
  leastNear: 0.3,
  /** The words that are typical of the best messages so far [0.3]. */
  feedback: 0.15,
  feedbackMessages: 5,
  feedbackWords: 20,
  /**
   * Shares of the scores of all messages before it and after it in its session, each further one times the decay: talk
   * names its subject once and goes on about it [1.4]. An answer takes more of the question right before it [0.6].
   */
  before: 0.27,
  beforeDecay: 0.82,
  after: 0.16,
  afterDecay: 0.6,
  afterQuestion: 0.24,
  /** The question's words that occur in the message or around it, each once: for six messages before a word to six after it [1.3]. */
  around: [0.06, 0.1, 0.14, 0.2, 0.32, 0.46, 0.78, 0.54, 0.44, 0.36, 0.3, 0.26, 0.2],
  /** BM25 of the session that the message is in [0.4]. */
  session: 0.6,
  /** Factors, added to 1: said by whom the question names [4.7] … */
  speaker: 1,
  /** … on the days that the question names, or about them; within a week half of it [0.2] … */
  saidOnDay: 0.5,
  aboutDay: 0.5,
  /** … with a time [0.1] or a number [0.2] where one is asked for … */
  time: 0.2,
  number: 0.2,
  /** … and taken off when the message asks at its end [0.4]. */
  asks: 0.15,
} as const;
