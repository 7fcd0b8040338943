import type { Row } from "knex/types/tables";

type Handle = Map<string, Row>;

export class Cache {
  constructor(private readonly handle: Handle, private readonly hash: Hash) {}

  drop(key: string) {
    this.handle.delete(key);
    this.hash.update(key);
  }
}

interface Hash {
  update(text: string): void;
}
