// What the first view needs is asked for together with the shell, not after it: the page of its own begins with this.
import { read, wanted } from "./i18n.mjs";
import { partsOf, routeNow } from "./steps.mjs";

partsOf(routeNow());
read(wanted()).catch(() => {});                                                  // the shell asks again and says what is wrong
