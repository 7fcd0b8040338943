import { Base } from "./base";

export class Store extends Base {
  private rows() {
    return this.handle("services");
  }

  async wipe() {
    await this.rows().where({ old: true }).del();
  }
}
