import { closeStale } from "../apps/api/services/stale";

await closeStale(new Date("2024-01-01"));
