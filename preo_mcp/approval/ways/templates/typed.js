// What has to be typed, read as the server reads it (approval/typed.py), so that the button can say when it is right.
const FOLDED = [[/["“”„‟«»″‴⁗‶‷❝❞❠🙶🙷🙸〝〞〟〃＂⹂ʺ˝ˮ˵˶״`｀'‘’‚‛′‵´‹›❛❜❟❮❯ʹʻʼʽʾʿ՚ՙ׳᾽᾿Ꞌꞌ⸲＇ߴߵ]/gu, "'"], [/\$/gu, "＄"], [/[\s\u001c-\u001f\u0085]+/gu, " "], [/[\p{C}\p{Me}\p{Variation_Selector}]/gu, ""], [/(\p{M}{3})\p{M}+/gu, "$1"]];
const SIGNS = { "€": ["eur"], "＄": ["usd", "cad", "aud"], "£": ["gbp"], "zł": ["pln"], "fr.": ["chf"] };
for (const kroner of ["kr", "kr."]) SIGNS[kroner] = ["dkk", "sek", "nok", "isk"];
const WRITTEN = new RegExp(
  "^(?<before>\\p{L}{1,3}\\.?|[€＄£])? ?" +
  "(?<whole>[0-9]+|[1-9][0-9]{0,2}(?<mark>[., '])[0-9]{3}(?:\\k<mark>[0-9]{3})*)" +
  "(?:(?<point>[.,])(?<cents>[0-9]{1,2}|[-–—]{1,2}))?" +
  " ?(?<after>\\p{L}{1,3}\\.?|[€＄£])?$", "u",
);

function folded(text) {
  let line = text.normalize("NFC").toLowerCase().normalize("NFC");
  for (const [found, instead] of FOLDED) line = line.replace(found, instead);
  return line.replace(/^[' ]+|[' ]+$/gu, "");
}

function matches({ name, amount, currency }, typed) {
  const given = folded(typed.replace(/(?<=”) \([^(“”)]*\)\s*$/u, ""));
  if (name !== undefined) {
    const start = given.replace(/…$/u, "");
    return given !== "" && (given === folded(name) || (start !== given && start.length >= 20 && folded(name).startsWith(start)));
  }
  const found = WRITTEN.exec(given)?.groups;
  if (!found || (found.point !== undefined && found.point === found.mark)) return false;
  const cents = /^[0-9]/u.test(found.cents ?? "") ? found.cents : "0";
  const plain = (text) => text.replace(/^0+(?=[0-9])/u, "").replace(/(\.[0-9]*?)0+$/u, "$1").replace(/\.$/u, "");
  const of = [found.before, found.after].filter(Boolean);
  const fits = of.every((one) => (SIGNS[one] ?? [one]).includes(currency));
  return fits && plain(`${found.whole.replace(/[^0-9]/gu, "")}.${cents}`) === plain(amount.includes(".") ? amount : `${amount}.0`);
}
