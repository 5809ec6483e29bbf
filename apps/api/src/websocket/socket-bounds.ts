/** What one WebSocket connection, and one tenant's together, may take of a process. */

/** Limits of API Gateway's WebSocket APIs, kept on our own server too: the longest message, silence, and life of a connection. */
export const longestMessageBytes = 128 * 1024;
export const longestSilenceMs = 10 * 60_000;
export const longestLifeMs = 2 * 3_600_000;

/** On our own server; on API Gateway a stage's throttling bounds how many are opened. Others must find room too. */
export const mostConnectionsOfTenant = 1_000;

/** The texts of a cancelled, a resumed and a very long turn are far fewer; what is more is read a little later. */
export const mostTextsPerSecond = 200;

/** More than a page shows, and few enough that one connection does not take a process for itself. */
export const mostTurnsAtOnce = 100;

/** What may wait to be sent before a turn waits for its reader. */
export const mostBufferedBytes = 256 * 1024;

/** Who lets so much wait and still asks for more does not read, and would fill the memory. */
export const mostUnreadBytes = 8 * 1024 * 1024;
