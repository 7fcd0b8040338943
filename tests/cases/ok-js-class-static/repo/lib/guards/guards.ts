import { requireCi } from "../ci";
import { requireFingerprint } from "../fingerprint";

export class Guards {
  static enforce(): void {
    requireCi();
    requireFingerprint("prod");
  }
}
