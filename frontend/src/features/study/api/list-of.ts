/** The rows of an answer, paged or not. */
export function listOf<Row>(body: Row[] | { results: Row[] }): Row[] {
  return Array.isArray(body) ? body : body.results;
}
