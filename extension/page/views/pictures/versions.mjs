// What a data set was before: remembered by hand, and before each restoration.
import { fill, h } from "../../lib/dom.mjs";
import { moment, t } from "../../lib/i18n.mjs";
import { button, field, input } from "../../components/ui.mjs";

export function showVersions(editor) {
  return editor.app.dialog({
    title: t("versions.title"),
    body: close => {
      const list = h("ul", { class: "stack tight" }), note = field(t("versions.note"), input({ placeholder: t("versions.noteHint") }));
      const root = h("div", { class: "stack" }, h("p", { class: "muted" }, t("versions.text")), note,
        h("div", null, button(t("versions.take"), { icon: "save", kind: "primary", onclick: async event => {
          if (await editor.view.doing(event.currentTarget, () => editor.api.post(`datasets/${editor.id}/versions`, { note: note.control.value }))) {
            note.control.value = "";
            read();
          }
        } })), list);
      async function read() {
        try {
          const all = await editor.api.get(`datasets/${editor.id}/versions`);
          fill(list, all.length ? all.map(version => h("li", { class: "row between version" },
            h("div", null, h("b", null, version.note || t("versions.number", { n: version.number })), h("p", { class: "small-text muted" }, moment(version.at), " · ", t("pictures.count", { n: version.pictures }))),
            button(t("versions.restore"), { small: true, "aria-label": `${t("versions.restore")}: ${version.note || version.number}`, onclick: async event => {
              if (!await editor.view.doing(event.currentTarget, () => editor.api.post(`datasets/${editor.id}/versions/${version.number}/restore`))) return;
              close(true);
              editor.app.toast(t("versions.restored"));
              await editor.refresh();
            } }))) : h("li", { class: "muted" }, t("versions.none")));
        } catch (error) {
          editor.app.fail(error);
        }
      }
      read();
      return root;
    },
  });
}
