// What the page says, in the languages of the documents.

const EN = {
  options: "Your options", optionsHint: "Prices are those of the offer.", accept: "Accept the offer",
  decline: "Decline", name: "Your name", comment: "A word to the seller",
  sure: "I accept this offer as shown, for the company it is made to.", pdf: "Download as PDF",
  hash: "What you accept is named by", net: "Net", tax: "Tax (estimate)", gross: "Total",
  sent: "Open until {day}", accepted: "Accepted by {name} on {day}", declined: "Declined",
  outdated: "This offer is out of date: your contract has changed since. Please ask the seller for a new one.",
  expired: "This offer has expired", cancelled: "This offer was withdrawn",
  order: "Your order {number}: {status}", choose: "Choose one", why: "Why do you decline? (optional)",
  noLink: "Open this page with the whole link that you were sent.",
  unreachable: "The service cannot be reached. Please try again in a moment.",
  changed: "The offer has changed meanwhile; this is what it says now.",
};
const DE = {
  options: "Ihre Optionen", optionsHint: "Es gelten die Preise des Angebots.",
  accept: "Angebot annehmen", decline: "Ablehnen", name: "Ihr Name",
  comment: "Nachricht an den Verkäufer",
  sure: "Ich nehme dieses Angebot wie gezeigt an, für das Unternehmen, an das es gerichtet ist.",
  pdf: "Als PDF herunterladen", hash: "Was Sie annehmen, heißt", net: "Netto",
  tax: "Steuer (geschätzt)", gross: "Gesamt", sent: "Offen bis {day}",
  accepted: "Angenommen von {name} am {day}", declined: "Abgelehnt",
  outdated: "Dieses Angebot ist überholt: Ihr Vertrag hat sich seither geändert. Bitte fragen Sie den Verkäufer nach einem neuen.",
  expired: "Dieses Angebot ist abgelaufen", cancelled: "Dieses Angebot wurde zurückgezogen",
  order: "Ihre Bestellung {number}: {status}", choose: "Wählen Sie eines",
  why: "Warum lehnen Sie ab? (freiwillig)",
  noLink: "Öffnen Sie diese Seite mit dem ganzen Link, den Sie bekommen haben.",
  unreachable: "Der Dienst ist nicht erreichbar. Bitte versuchen Sie es gleich noch einmal.",
  changed: "Das Angebot hat sich inzwischen geändert; so lautet es jetzt.",
};
const ZH = {
  options: "可选项", optionsHint: "价格以本报价为准。", accept: "接受报价", decline: "拒绝",
  name: "您的姓名", comment: "给卖方的留言", sure: "我代表收件公司按所示内容接受本报价。",
  pdf: "下载 PDF", hash: "您所接受内容的标识", net: "净额", tax: "税（估算）", gross: "合计",
  sent: "有效期至 {day}", accepted: "{name} 于 {day} 接受", declined: "已拒绝",
  outdated: "您的合同已变更，本报价不再适用，请向卖方索取新报价。", expired: "本报价已过期", cancelled: "本报价已撤回", order: "您的订单 {number}：{status}",
  choose: "请选择一项", why: "拒绝原因（选填）", noLink: "请使用收到的完整链接打开本页。",
  unreachable: "无法连接服务，请稍后再试。", changed: "报价已更新，以下为当前内容。",
};

export function wordsOf(language) {
  const words = { en: EN, de: DE, "zh-Hans": ZH }[language] || EN;
  return (name, values = {}) =>
    Object.entries(values).reduce((text, [key, value]) => text.replace(`{${key}}`, value), words[name]);
}
