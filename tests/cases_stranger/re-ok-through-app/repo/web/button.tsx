import { closeStale } from "../apps/api/services/stale";

export const Button = () => <button onClick={() => closeStale(new Date())}>close</button>;
