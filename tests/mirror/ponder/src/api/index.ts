// Ponder wants an API; nobody asks it.
import { Hono } from "hono";

export default new Hono();
