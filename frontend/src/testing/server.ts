import { setupServer } from "msw/node";

/** Answers as the node would; each test says what it answers. */
export const server = setupServer();
