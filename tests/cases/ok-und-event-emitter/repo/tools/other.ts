import { EventEmitter } from "node:events";
const bus = new EventEmitter();
class Store {
  items = new Map<string, string>();
  deleteMany() {
    this.items.clear();
  }
}
new Store().deleteMany();
bus.emit("drop");
