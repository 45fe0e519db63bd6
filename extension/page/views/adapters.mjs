// Adapters: to be filled.
import { t } from "../lib/i18n.mjs";
import { append } from "../lib/dom.mjs";
import { View, heading } from "../lib/view.mjs";

export default class Adapters extends View {
  async render() {
    append(this, [heading(t("adapters.title"), t("adapters.lead"))]);
  }
}
