/** How many instances of the ingestion function run at once, declared once: infra reads it, and each takes its share of the rate. */
export const instancesOfIngestion = 2;
