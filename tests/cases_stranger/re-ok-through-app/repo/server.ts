import express from "express";
import { closeStale } from "./apps/api/services/stale";

const app = express();
app.post("/stale", async (_request, response) => {
  await closeStale(new Date());
  response.sendStatus(204);
});
app.listen(3000);
