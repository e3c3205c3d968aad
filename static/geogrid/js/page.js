/** What every page does. */
import { keepPlaceOnLanguageSwitch } from "./ui/language.js";

keepPlaceOnLanguageSwitch(document);
