// The form of a model: one widget per column of /schema, or one picture; one answer from /predict.
// Names and values of the model are shown as text only, never as markup.
"use strict";

const WORDS = {
  en: {
    binary: "one of two classes", multiclass: "one of several classes", regression: "a number",
    multilabel: "several labels", predicts: "Predict", predict: "Predict", reset: "Reset",
    token: "Token of this server", open: "Open", empty: "(empty)", other: "another …",
    range: "in training", may: "may be empty", level: "another level",
    footer: "the page works offline", failed: "The server cannot be reached.", says: "Prediction",
    wanted: "expected", got: "got", unknown: "no prediction",
    gray: "shades of gray", picture: "Picture", choose: "choose a picture first",
  },
  ko: {
    binary: "둘 중 하나", multiclass: "여러 클래스 중 하나", regression: "수치", multilabel: "여러 라벨",
    predicts: "예측", predict: "예측하기", reset: "처음 값으로", token: "서버 토큰", open: "열기",
    empty: "(비움)", other: "다른 값 …", range: "학습 범위", may: "비워도 됩니다", level: "다른 값",
    footer: "인터넷 없이 동작합니다", failed: "서버에 연결할 수 없습니다.", says: "예측 결과",
    wanted: "필요한 값", got: "받은 값", unknown: "예측 없음",
    gray: "흑백", picture: "그림", choose: "그림을 먼저 고르세요",
  },
};
const language = navigator.language.startsWith("ko") ? "ko" : "en";
const say = (word) => WORDS[language][word];
const at = (id) => document.getElementById(id);
let token = new URLSearchParams(location.hash.slice(1)).get("token") || "";
let schema = null;
const fields = [];

function make(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

async function ask(path, body) {
  const headers = token ? { Authorization: `Bearer ${token}` } : {};
  const options = { headers };
  if (body !== undefined) {
    headers["Content-Type"] = "application/json";
    Object.assign(options, { method: "POST", body: JSON.stringify(body) });
  }
  const response = await fetch(path, options);
  return { status: response.status, content: await response.json() };
}

function short(number) {
  return Number(number.toPrecision(6)).toLocaleString(language, { maximumSignificantDigits: 6 });
}

// Each widget gives its element and a function that reads the cell.
function numberWidget(column) {
  const input = make("input", { type: "number", step: "any", inputMode: "decimal" });
  input.defaultValue = column.nullable ? "" : String(column.typical);
  input.placeholder = String(column.typical);
  return [input, () => (input.value === "" ? null : Number(input.value)), input];
}

function categoryWidget(column) {
  const select = make("select");
  if (column.nullable) select.append(new Option(say("empty"), "n"));
  column.levels.forEach((level, i) => select.append(new Option(level, `l${i}`, level === column.typical, level === column.typical)));
  select.append(new Option(say("other"), "o"));
  const other = make("input", { type: "text", hidden: true });
  other.setAttribute("aria-label", `${column.name}: ${say("level")}`);
  select.addEventListener("change", () => { other.hidden = select.value !== "o"; });
  const read = () => {
    if (select.value === "n") return null;
    return select.value === "o" ? other.value : column.levels[Number(select.value.slice(1))];
  };
  return [make("div", {}, select, other), read, select];
}

function dateWidget(column) {
  const hours = /%[HI]/.test(column.format || "");
  const input = make("input", { type: hours ? "datetime-local" : "date" });
  input.defaultValue = column.nullable ? "" : column.typical + (hours ? "T12:00" : "");
  return [input, () => input.value || null, input];
}

function textWidget() {
  const input = make("textarea", { rows: 3 });
  return [input, () => input.value || null, input];
}

// A picture is shown as it was chosen and sent as it is: the server fits it into its size.
function pictureWidget(column) {
  const input = make("input", { type: "file", accept: "image/*" });
  const shown = make("img", { className: "shown", alt: "", hidden: true });
  let content = null;
  shown.addEventListener("error", () => { shown.hidden = true; });
  const take = (file) => {
    content = null;
    shown.hidden = true;
    at("answer").hidden = true;
    if (!file) return;
    const reader = new FileReader();
    reader.onload = () => {
      content = reader.result;
      shown.src = content;
      shown.hidden = false;
      at("row").requestSubmit();
    };
    reader.readAsDataURL(file);
  };
  input.addEventListener("change", () => take(input.files[0]));
  column.forget = () => take(null);
  return [make("div", {}, input, shown), () => content, input];
}

const WIDGETS = {
  picture: pictureWidget, number: numberWidget, category: categoryWidget, date: dateWidget, text: textWidget,
};

function hint(column) {
  const parts = [];
  if (column.minimum !== undefined) {
    const show = (value) => (typeof value === "number" ? short(value) : value);
    parts.push(`${say("range")}: ${show(column.minimum)} – ${show(column.maximum)}`);
  }
  if (column.kind === "picture") {
    parts.push(`${schema.pictures.width} × ${schema.pictures.height}${schema.pictures.colour ? "" : ` · ${say("gray")}`}`);
  }
  if (column.nullable) parts.push(say("may"));
  return parts.join(" · ");
}

const WIDE = ["text", "picture"];

function addField(column, number) {
  const [element, read, labelled] = WIDGETS[column.kind](column);
  labelled.id = `field-${number}`;
  const note = make("p", { className: "hint", id: `hint-${number}`, textContent: hint(column) });
  labelled.setAttribute("aria-describedby", note.id);
  const label = make("label", { htmlFor: labelled.id, textContent: column.name, title: column.reason });
  const box = make("div", { className: WIDE.includes(column.kind) ? "field wide" : "field" }, label, element, note);
  at("fields").append(box);
  fields.push({ column, read, box, note });
}

function showBars(answer) {
  const shares = Object.entries(answer.probabilities || {});
  const many = schema.target.task === "multilabel";
  if (!many) shares.sort((a, b) => b[1] - a[1]);
  at("bars").replaceChildren(...shares.map(([name, share]) => {
    const chosen = many ? answer.prediction[name] === 1 : name === answer.prediction;
    const fill = make("div", { className: "fill" });
    fill.style.width = `${100 * share}%`;
    const names = make("div", { className: "names" },
      make("span", { textContent: name }), make("span", { textContent: `${(100 * share).toFixed(1)} %` }));
    return make("div", { className: chosen ? "bar chosen" : "bar" }, names,
      make("div", { className: "track" }, fill));
  }));
}

function resultText(answer) {
  if (answer.prediction === null) return say("unknown");
  if (schema.target.task === "regression") return short(answer.prediction);
  if (schema.target.task !== "multilabel") return answer.prediction;
  const chosen = Object.keys(answer.prediction).filter((name) => answer.prediction[name] === 1);
  return chosen.join(", ") || "–";
}

function showAnswer(answer) {
  at("answer").hidden = false;
  at("says").textContent = `${say("says")}: ${schema.target.names.join(", ")}`;
  at("result").textContent = resultText(answer);
  showBars(answer);
  at("warnings").replaceChildren(...answer.warnings.map((w) => make("li", { textContent: w })));
  at("answer").scrollIntoView({ block: "nearest" });
}

function showTrouble(text) {
  at("trouble").textContent = text;
  at("trouble").hidden = !text;
}

function showErrors(error) {
  let shown = false;
  for (const wrong of error.errors || []) {
    const field = schema.pictures ? fields[0] : fields.find((f) => f.column.name === wrong.field);
    if (!field) continue;
    field.box.classList.add("wrong");
    field.note.textContent = `${say("wanted")}: ${wrong.expected} · ${say("got")}: ${wrong.got}`;
    shown = true;
  }
  showTrouble(shown ? "" : error.message);
}

async function predict(event) {
  event.preventDefault();
  const button = at("row").querySelector("button");
  button.disabled = true;
  showTrouble("");
  for (const field of fields) {
    field.box.classList.remove("wrong");
    field.note.textContent = hint(field.column);
  }
  try {
    const cells = fields.map((f) => f.read());
    if (schema.pictures && cells[0] === null) {
      showTrouble(say("choose"));
      return;
    }
    const row = Object.fromEntries(fields.map((f, i) => [f.column.name, cells[i]]));
    const body = schema.pictures ? { pictures: cells } : { rows: [row] };
    const { status, content } = await ask("predict", body);
    if (status === 200) showAnswer(content.predictions[0]);
    else showErrors(content.error);
  } catch {
    showTrouble(say("failed"));
  } finally {
    button.disabled = false;
  }
}

async function begin() {
  try {
    const { status, content } = await ask("schema");
    at("key").hidden = status !== 401;
    if (status !== 200) {
      showTrouble(status === 401 && !token ? "" : content.error.message);
      return;
    }
    showTrouble("");
    schema = content;
  } catch {
    showTrouble(say("failed"));
    return;
  }
  const names = schema.target.names.join(", ");
  document.title = names;
  at("title").textContent = language === "ko" ? `${names} ${say("predicts")}` : `${say("predicts")} ${names}`;
  at("task").textContent = say(schema.target.task);
  const columns = schema.columns || [{ name: say("picture"), kind: "picture" }];
  columns.filter((column) => !column.optional).forEach(addField);
  at("halves").hidden = false;
}

document.documentElement.lang = language;
for (const element of document.querySelectorAll("[data-say]")) element.textContent = say(element.dataset.say);
at("row").addEventListener("submit", predict);
at("row").addEventListener("reset", () => setTimeout(() => {
  at("answer").hidden = true;
  for (const select of at("fields").querySelectorAll("select")) select.dispatchEvent(new Event("change"));
  for (const field of fields) field.column.forget?.();
}));
at("key").addEventListener("submit", (event) => { event.preventDefault(); token = at("token").value; begin(); });
begin();
