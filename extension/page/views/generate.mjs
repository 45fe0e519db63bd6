// Generate: to be filled.
import { t } from "../lib/i18n.mjs";
import { append } from "../lib/dom.mjs";
import { View, heading } from "../lib/view.mjs";

export default class Generate extends View {
  async render() {
    append(this, [heading(t("generate.title"), t("generate.lead"))]);
  }
}
