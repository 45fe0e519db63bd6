// Watch: to be filled.
import { t } from "../lib/i18n.mjs";
import { append } from "../lib/dom.mjs";
import { View, heading } from "../lib/view.mjs";

export default class Watch extends View {
  async render() {
    append(this, [heading(t("watch.title"), t("watch.lead"))]);
  }
}
